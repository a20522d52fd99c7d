// Docker's networks may not hold a host's address: the host would be gone for whatever runs beside them.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mistakesOf, stack } from '../support.ts'

const test = suite('networks of Docker')

/** A master and a slave, and one more host that is reached at another address than it has for the others. */
const cluster = (settings: object) =>
  stack({
    masters: 1,
    slaves: 1,
    vars: { docker: { settings } },
    hosts: { web: { address: '203.0.113.7', privateAddress: 'fd00:10::12', roles: ['base'] } },
  })

for (const [what, settings, says] of [
  [
    'a network of its own',
    { bip: '172.26.0.1/16', 'default-address-pools': [{ base: '172.27.0.0/16', size: 24 }] },
    undefined,
  ],
  ['none', {}, undefined],
  [
    "its bridge in the hosts' network",
    { bip: '10.0.0.1/24' },
    /hosts\.m-1\.vars\.docker\.settings\.bip +10\.0\.0\.1\/24 contains 10\.0\.0\.11, this host's own address/,
  ],
  ['a bridge far too wide', { bip: '10.200.0.1/8' }, /contains 10\.0\.0\.11/],
  ['its bridge where SSH goes', { bip: '203.0.113.1/24' }, /contains 203\.0\.113\.7, the address of web/],
  [
    "IPv6 in the hosts' network",
    { ipv6: true, 'fixed-cidr-v6': 'fd00:10::/64' },
    /fixed-cidr-v6 +fd00:10::\/64 contains fd00:10::12, the address of web/,
  ],
  [
    'a pool',
    {
      'default-address-pools': [
        { base: '172.27.0.0/16', size: 24 },
        { base: '10.0.0.0/8', size: 24 },
      ],
    },
    /default-address-pools\[1\]\.base +10\.0\.0\.0\/8 contains/,
  ],
  ['an address without its prefix', { bip: '172.26.0.1' }, /"bip" is an address with a prefix, like 172\.26\.0\.1\/16/],
  ['a prefix that is none', { bip: '172.26.0.1/33' }, /"bip" is an address with a prefix/],
  ['a word', { 'fixed-cidr': 'private' }, /"fixed-cidr" is an address with a prefix/],
] as const)
  test(what, () => {
    const said = mistakesOf(() => cluster(settings))
    if (says === undefined) assert.is(said, 'it was accepted')
    else assert.match(said, says)
  })

test.run()
