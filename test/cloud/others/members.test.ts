import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hostKeyIn, hostKeyOf } from '../../../src/cloud/others/console-keys.ts'
import { membersOf, nameOf } from '../../../src/cloud/others/members.ts'
import { type Instance, TAG } from '../../../src/cloud/provider.ts'
import type { Ledger } from '../../../src/inventory/cloud/ledger.ts'
import type { Discovery } from '../../../src/model/cloud.ts'
import { printed } from '../../support/memory-machines.ts'
import { instance, KEY, known, OTHER } from './support.ts'

const test = suite('who is a member')

const ECDSA = `ecdsa-sha2-nistp256 ${Buffer.concat(
  ['ecdsa-sha2-nistp256', 'nistp256', 'x'.repeat(65)].map((each) => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(each.length)
    return Buffer.concat([size, Buffer.from(each)])
  }),
).toString('base64')}`
const [BEGIN = '', , END = ''] = printed(KEY)

const CONSOLES: readonly (readonly [what: string, lines: readonly string[], key: string | undefined])[] = [
  ['a block', ['Debian GNU/Linux 12', ...printed(KEY), 'login:'], KEY],
  ['of several kinds, ed25519 first', [BEGIN, `${ECDSA} root@a`, `${KEY} root@a`, END], KEY],
  ['what there is of others', [BEGIN, `${ECDSA} root@a`, END], ECDSA],
  ['lines with marks of time', printed(KEY).map((line) => `[   17.123456] cloud-init[612]: ${line}\r`), KEY],
  ['a key that runs into the end', [BEGIN, `${KEY}${END}`], KEY],
  ['no end yet', [BEGIN, `${KEY} root@a`], undefined],
  ['no beginning any more', [`${KEY} root@a`, END], undefined],
  ['a key outside', [`${KEY} root@a`, BEGIN, END, `${KEY} root@a`], undefined],
  ['half a key', [BEGIN, KEY.slice(0, 60), END], undefined],
  [
    'a key with a line of another program in it',
    [BEGIN, `${KEY.slice(0, 40)}[ 3.1] x ${KEY.slice(40)}`, END],
    undefined,
  ],
  ['two that contradict each other', [BEGIN, KEY, OTHER, END], undefined],
  ['the same twice', [BEGIN, KEY, KEY, END], KEY],
  ['two boots: the last', [...printed(OTHER), ...printed(KEY)], KEY],
  ['fingerprints alone', ['-----BEGIN SSH HOST KEY FINGERPRINTS-----', '256 SHA256:x root@a (ED25519)'], undefined],
  ['nothing', [], undefined],
]
for (const [what, lines, key] of CONSOLES) test(`a console with ${what}`, () => assert.is(hostKeyIn(lines), key))

test('a tag holds a host key, or none', () => {
  assert.is(hostKeyOf(`${KEY} root@a`), KEY)
  for (const tag of [undefined, '', 'AAAA', KEY.slice(0, 50)]) assert.is(hostKeyOf(tag), undefined)
})

const NAMES: readonly (readonly [role: string, id: string, taken: readonly string[], name: string])[] = [
  ['slave', 'i-0123456789abcdef0', [], 'slave-9abcdef0'],
  ['slave', 'i-0123456789abcdef0', ['slave-9abcdef0'], 'slave-0123456789abcdef0'],
  ['My_Role', 'i-0123456789abcdef0', [], 'my-role-9abcdef0'],
  ['slave', 'i-1', [], 'slave-1'],
]
for (const [role, id, taken, name] of NAMES)
  test(`the host of ${id} as ${role}: ${name}`, () =>
    assert.is(
      nameOf(role, id, (each) => taken.includes(each)),
      name,
    ))

const rule = (role: string): Discovery => ({ role, roles: [role], tags: {}, host: {} as Discovery['host'] })

const MEMBERS: readonly (readonly [
  what: string,
  found: readonly (readonly [role: string, ...instances: readonly Instance[]])[],
  ledger: Ledger['hosts'],
  names: readonly string[],
  wrong?: RegExp,
])[] = [
  ['new ones', [['s', instance('i-b'), instance('i-a')]], {}, ['s-a', 's-b']],
  ['a known one keeps its name', [['s', instance('i-a')]], { old: known('i-a', 's') }, ['old']],
  ['a name that a host of ours has', [['s', instance('i-123456789')]], { 's-23456789': known('i-9') }, ['s-123456789']],
  ['one that ends', [['s', instance('i-a', { state: 'ending' })]], { 's-a': known('i-a', 's') }, []],
  ['one that provision launched', [['s', instance('i-a', { tags: { [TAG.host]: 'x' } })]], {}, []],
  ['one that is stopped', [['s', instance('i-a', { state: 'stopped' })]], {}, ['s-a']],
  [
    'one for two roles',
    [
      ['s', instance('i-a')],
      ['t', instance('i-a')],
    ],
    {},
    [],
    /^i-a is found for s and t, and is/,
  ],
  [
    'names that end alike',
    [['s', instance('i-112345678'), instance('i-212345678')]],
    {},
    ['s-12345678', 's-212345678'],
  ],
]
for (const [what, found, ledger, names, wrong] of MEMBERS)
  test(`hosts: ${what}`, () => {
    const all = found.map(([role, ...instances]) => ({ rule: rule(role), instances }))
    const got = membersOf(all, ledger, (name) => Object.hasOwn(ledger, name) && ledger[name]?.role === undefined)
    assert.equal(
      got.members.map(({ name }) => name),
      names,
    )
    assert.is(got.wrong.length, wrong ? 1 : 0)
    if (wrong) assert.match(got.wrong[0] ?? '', wrong)
  })

test.run()
