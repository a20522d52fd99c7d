import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inOrder } from '../../src/cloud/ending/waves.ts'
import { deed } from '../../src/cloud/launch/deed.ts'
import { holds, lopsided, spread, type ToPlace } from '../../src/cloud/launch/spread.ts'
import type { Launch } from '../../src/cloud/ledger/files.ts'
import { type Instance, TAG } from '../../src/cloud/provider.ts'
import { namesOf } from '../../src/inventory/cloud/ranges.ts'

const test = suite('what is to be launched')

const places = [
  { subnet: 'subnet-a', zone: 'a', cidr: '10.0.1.0/24' },
  { subnet: 'subnet-b', zone: 'b', cidr: '10.0.2.0/24' },
  { subnet: 'subnet-c', zone: 'c', cidr: '10.0.3.0/24' },
]
const slave = (n: number, more: Partial<ToPlace> = {}): ToPlace => ({
  host: `s-${n}`,
  kind: 'slave',
  subnets: [],
  ...more,
})
const master = (n: number, privateAddress: string): ToPlace => ({
  host: `m-${n}`,
  kind: 'master',
  subnets: [],
  privateAddress,
})
const first = (hosts: readonly ToPlace[], there: Parameters<typeof spread>[1] = []): Record<string, string> =>
  Object.fromEntries(
    [...spread(hosts, there, places)].map(([host, fit]) => [
      host,
      typeof fit === 'string' ? fit : (fit[0]?.zone ?? ''),
    ]),
  )

const SPREAD: readonly (readonly [
  what: string,
  hosts: readonly ToPlace[],
  there: Parameters<typeof spread>[1],
  expected: object,
])[] = [
  [
    'one after the other',
    [slave(1), slave(2), slave(3), slave(4)],
    [],
    { 's-1': 'a', 's-2': 'b', 's-3': 'c', 's-4': 'a' },
  ],
  [
    'where there are fewest of the kind',
    [slave(1)],
    [
      { kind: 'slave', zone: 'a' },
      { kind: 'slave', zone: 'b' },
    ],
    { 's-1': 'c' },
  ],
  [
    'then where there are fewest hosts',
    [slave(1)],
    [
      { kind: 'x', zone: 'a' },
      { kind: 'x', zone: 'c' },
    ],
    { 's-1': 'b' },
  ],
  [
    'only in its own subnets',
    [slave(1, { subnets: ['subnet-c'] }), slave(2, { subnets: ['subnet-c'] })],
    [],
    { 's-1': 'c', 's-2': 'c' },
  ],
  ['where its address is', [master(1, '10.0.2.11'), master(2, '10.0.2.12')], [], { 'm-1': 'b', 'm-2': 'b' }],
  ['the others go around those that cannot choose', [slave(1), master(1, '10.0.1.11')], [], { 'm-1': 'a', 's-1': 'b' }],
  [
    'nowhere',
    [master(1, '10.9.0.1')],
    [],
    {
      'm-1':
        '10.9.0.1 is in none of its subnets: subnet-a (10.0.1.0/24), subnet-b (10.0.2.0/24), subnet-c (10.0.3.0/24)',
    },
  ],
]
for (const [what, hosts, there, expected] of SPREAD)
  test(`spread: ${what}`, () => assert.equal(first(hosts, there), expected))

test('where there is no room, the other zones are next', () => {
  const fit = spread([slave(1)], [{ kind: 'slave', zone: 'a' }], places).get('s-1')
  assert.equal(Array.isArray(fit) && fit.map(({ zone }) => zone), ['b', 'c', 'a'])
})

const NETWORKS: readonly (readonly [string, string, boolean])[] = [
  ['10.0.1.0/24', '10.0.1.255', true],
  ['10.0.1.0/24', '10.0.2.0', false],
  ['2001:db8::/64', '2001:db8::1', true],
  ['2001:db8::/64', '10.0.1.1', false],
]
for (const [cidr, address, is] of NETWORKS)
  test(`${cidr} holds ${address}: ${is}`, () => assert.is(holds(cidr, address), is))

const ZONES: readonly (readonly [zones: readonly (string | undefined)[], warned: number])[] = [
  [['a', 'b', 'c'], 0],
  [['a', 'a', 'b'], 1],
  [['a', 'a', 'b', 'b'], 0],
  [['a'], 0],
  [[undefined, undefined, undefined], 0],
]
for (const [zones, warned] of ZONES)
  test(`a quorum in ${zones.join(', ')}: ${warned} warnings`, () =>
    assert.is(lopsided([{ recipe: 'zookeeper', zones }]).length, warned))

test('a warning says how many, where', () =>
  assert.equal(lopsided([{ recipe: 'zookeeper', zones: ['a', 'a', 'b'] }]), [
    '2 of 3 members of zookeeper are in a: if that zone fails, so does zookeeper',
  ]))

const NAMES: readonly (readonly [key: string, names: readonly string[]])[] = [
  ['slave-1..3', ['slave-1', 'slave-2', 'slave-3']],
  ['s09..11', ['s09', 's10', 's11']],
  ['db', ['db']],
  ['a-7..7', ['a-7']],
]
for (const [key, names] of NAMES) test(`"${key}"`, () => assert.equal(namesOf(key), names))

const instance = (tags: Instance['tags'] = {}, more: Partial<Instance> = {}): Instance => ({
  id: 'i-1',
  state: 'running',
  tags: { [TAG.host]: 'h', [TAG.generation]: '1', ...tags },
  ...more,
})
const launch = { order: { generation: 1 }, firstKey: 'k' } as Launch
const key = { [TAG.hostKey]: 'ssh-ed25519 A' }
const entry = { id: 'i-1', generation: 1, state: 'running', hostKey: 'ssh-ed25519 A' } as const

const DEEDS: readonly (readonly [what: string, known: Partial<Parameters<typeof deed>[0]>, expected: string])[] = [
  ['nothing is there', {}, 'make'],
  ['it was ordered, perhaps', { launch }, 'make again'],
  ['it was there, and is gone', { entry }, 'make'],
  ['it is there, its first contact is not', { live: [instance()], launch }, 'contact'],
  ['it is done', { live: [instance(key)] }, 'nothing'],
  ['it is done, and the journal is not taken away yet', { live: [instance(key)], launch }, 'nothing'],
  ['the ledger has its key, the tag was taken away', { live: [instance()], entry }, 'nothing'],
  ['somebody else launches it', { live: [instance()] }, 'refuse'],
  ['the journal is of an instance before it', { live: [instance({ [TAG.generation]: '2' })], launch }, 'refuse'],
  ['there are two', { live: [instance(key), instance(key, { id: 'i-2' })] }, 'refuse'],
]
for (const [what, known, expected] of DEEDS)
  test(`${what}: ${expected}`, () => {
    const found = deed({ host: 'h', live: [], launch: undefined, entry: undefined, ...known })
    assert.is(found.do === 'make' && found.again ? 'make again' : found.do, expected)
  })

test('hosts are started in the order of their roles, those without any last', () => {
  const role = (name: string, ...after: string[]) => [name, { name, after, recipes: [] }] as const
  const roles = new Map([role('zk'), role('master', 'zk'), role('slave', 'master')])
  const host = (name: string, ...own: string[]) => ({ name, roles: own })
  const hosts = [host('s', 'slave'), host('x'), host('m', 'master'), host('z', 'zk'), host('all', 'slave', 'zk')]
  assert.equal(inOrder(hosts, roles), [['z', 'all'], ['m'], ['s'], ['x']])
})

test.run()
