import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseLedger } from '../../../src/inventory/cloud/ledger.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { entry } from './support.ts'

const test = suite('hosts in the inventory that the ledger knows')

const folder = mkdtempSync(join(tmpdir(), 'cloud-'))
test.after(() => rmSync(folder, { recursive: true }))

const inventory = (host: object, all: object = {}) =>
  JSON.stringify({ cloud: { sandbox: { cluster: 'dc1', ...all } }, hosts: { a: { cloud: true, roles: [], ...host } } })
const read = (host: object, hosts: Record<string, object>, all: object = {}) =>
  parseInventory(inventory(host, all), {
    path: '/x/inventory.json',
    roles: new Map(),
    ledger: parseLedger(JSON.stringify({ provider: 'sandbox', cluster: 'dc1', hosts }), 'x'),
  }).hosts[0]

const PLACED: readonly (readonly [
  what: string,
  host: object,
  ledger: Record<string, object>,
  all: object,
  expected: object,
])[] = [
  [
    'not launched',
    {},
    {},
    {},
    { address: '', privateAddress: '', absent: 'it is not launched yet: provision launch does that' },
  ],
  ['launched', {}, { a: entry }, {}, { address: '10.0.1.5', privateAddress: '10.0.1.5', absent: undefined }],
  [
    'reached from outside',
    {},
    { a: { ...entry, publicAddress: '203.0.113.7' } },
    { address: 'public' },
    { address: '203.0.113.7', privateAddress: '10.0.1.5', absent: undefined },
  ],
  [
    'stopped',
    {},
    { a: { ...entry, state: 'stopped' } },
    {},
    { address: '10.0.1.5', privateAddress: '10.0.1.5', absent: 'it is stopped: provision start starts it' },
  ],
  [
    'on its way',
    {},
    { a: { ...entry, hostKey: undefined } },
    {},
    {
      address: '10.0.1.5',
      privateAddress: '10.0.1.5',
      absent: 'its launch is not finished: provision launch continues it',
    },
  ],
  [
    'its private address is stated',
    { privateAddress: '10.0.1.9' },
    {},
    {},
    { address: '', privateAddress: '10.0.1.9', absent: 'it is not launched yet: provision launch does that' },
  ],
  [
    'its address is written',
    { address: 'a.example.com' },
    {},
    {},
    { address: 'a.example.com', privateAddress: 'a.example.com', absent: undefined },
  ],
]
for (const [what, host, ledger, all, expected] of PLACED)
  test(`where a host is: ${what}`, () => {
    const found = read(host, ledger, all)
    assert.equal({ address: found?.address, privateAddress: found?.privateAddress, absent: found?.absent }, expected)
  })

test('an address that was written down by itself may be out of date; one that was written by hand is not', () => {
  assert.match(read({}, { a: entry })?.remedy ?? '', /^if its instance has been stopped, ended or replaced .*refresh$/)
  assert.is(read({ address: 'a.example.com' }, { a: entry })?.remedy, undefined)
})

test('who logs in, and the host key, come from the ledger unless they are written', () => {
  assert.equal(read({}, { a: entry })?.ssh, { user: 'admin', hostKey: 'ssh-ed25519 AAAA' })
  assert.equal(read({ ssh: { user: 'me' } }, { a: entry })?.ssh, { user: 'me', hostKey: 'ssh-ed25519 AAAA' })
})

test('settings merge: all, then roles in their order, then the host', () => {
  const roles = new Map(['r', 's'].map((name) => [name, { name, after: [], recipes: [] }]))
  const all = { cluster: 'dc1', type: 'a', rootGb: 10, region: 'eu', subnets: ['subnet-1'] }
  const text = JSON.stringify({
    cloud: { sandbox: all },
    roles: { r: { cloud: { type: 'b', rootGb: 30 } }, s: { cloud: { type: 'c' } } },
    hosts: {
      'x-1..2': { cloud: { subnets: ['subnet-2'] }, roles: ['r', 's'] },
      y: { cloud: false, address: 'y', roles: [] },
    },
  })
  const { hosts, cloud } = parseInventory(text, { path: '/x/inventory.json', roles })
  assert.equal(
    hosts.map(({ name, cloud: own }) => [name, own?.type, own?.rootGb, own?.subnets, own?.metadataHops]),
    [
      ['x-1', 'c', 30, ['subnet-2'], 1],
      ['x-2', 'c', 30, ['subnet-2'], 1],
      ['y', undefined, undefined, undefined, undefined],
    ],
  )
  assert.equal(cloud, { provider: 'sandbox', cluster: 'dc1', region: 'eu' })
})

test('a ledger of another cluster is a mistake', () => {
  const of = (hosts: object) => parseLedger(JSON.stringify({ provider: 'aws', cluster: 'old', hosts }), 'x')
  const read = (hosts: object) =>
    parseInventory(inventory({}), { path: '/x/inventory.json', roles: new Map(), ledger: of(hosts) })
  assert.throws(
    () => read({ a: { id: 'i-1', generation: 1, state: 'running' } }),
    /cloud\.sandbox\.cluster {3}is "dc1", and the file of instances beside it is of "old"/,
  )
  // what that advises to has been done
  assert.is(read({}).cloud?.cluster, 'dc1')
})

test.run()
