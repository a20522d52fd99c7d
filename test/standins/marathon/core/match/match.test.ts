import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { normalize } from '../../app/normalize.ts'
import type { Offer } from '../mesos.ts'
import { deadly, type Place } from './constraints.ts'
import { match, matched } from './match.ts'
import { choosePorts } from './ports.ts'
import { funnel, REASONS, type Reason } from './reasons.ts'
import { less, part, portRanges, scalar } from './resources.ts'

const test = suite('marathon stand-in: offers')

const offer = (host: string, rack: string): Offer => ({
  id: { value: 'O1' },
  agent_id: { value: `S-${host}` },
  hostname: host,
  resources: [
    { name: 'cpus', type: 'SCALAR', scalar: { value: 4 } },
    { name: 'mem', type: 'SCALAR', scalar: { value: 2048 } },
    { name: 'disk', type: 'SCALAR', scalar: { value: 100 } },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31_000, end: 31_009 }] } },
  ],
  attributes: [{ name: 'rack', type: 'TEXT', text: { value: rack } }],
})
const OPTIONS = { now: 1000, seed: 's', maintenanceMode: true }
const place = (host: string, rack: string): Place => ({
  host,
  attributes: [{ name: 'rack', type: 'TEXT', text: { value: rack } }],
})
const tried = (more: object, places: readonly Place[] = [], on: Offer = offer('h1', 'r1')): string => {
  const found = match(normalize({ id: '/a', cmd: 'x', ...more }), on, on.resources, places, OPTIONS)
  return matched(found) ? 'fits' : found.join()
}

const constrained = (...constraints: readonly string[][]) => ({ constraints })
const table: readonly (readonly [string, object, readonly Place[], string])[] = [
  ['a plain app', {}, [], 'fits'],
  ['too many cpus', { cpus: 5 }, [], 'InsufficientCpus'],
  ['too much memory', { mem: 4096 }, [], 'InsufficientMemory'],
  ['too much disk', { disk: 200 }, [], 'InsufficientDisk'],
  ['a port that is not offered', { requirePorts: true, portDefinitions: [{ port: 80 }] }, [], 'InsufficientPorts'],
  ['a port that is', { requirePorts: true, portDefinitions: [{ port: 31_005 }] }, [], 'fits'],
  ['more ports than are offered', { portDefinitions: Array(11).fill({ port: 0 }) }, [], 'InsufficientPorts'],
  ['another role', { acceptedResourceRoles: ['web'] }, [], 'UnfulfilledRole'],
  ['UNIQUE, free', constrained(['hostname', 'UNIQUE']), [place('h2', 'r1')], 'fits'],
  ['UNIQUE, taken', constrained(['hostname', 'UNIQUE']), [place('h1', 'r1')], 'UnfulfilledConstraint'],
  ['CLUSTER, the value', constrained(['hostname', 'CLUSTER', 'h1']), [], 'fits'],
  ['CLUSTER, another value', constrained(['hostname', 'CLUSTER', 'h2']), [], 'UnfulfilledConstraint'],
  ['CLUSTER, where the others are', constrained(['rack', 'CLUSTER']), [place('h2', 'r1')], 'fits'],
  ['CLUSTER, elsewhere', constrained(['rack', 'CLUSTER']), [place('h2', 'r2')], 'UnfulfilledConstraint'],
  ['LIKE', constrained(['rack', 'LIKE', 'r[12]']), [], 'fits'],
  ['LIKE is of the whole value', constrained(['rack', 'LIKE', 'r']), [], 'UnfulfilledConstraint'],
  ['LIKE of an attribute that is not there', constrained(['zone', 'LIKE', '.*']), [], 'UnfulfilledConstraint'],
  ['UNLIKE', constrained(['rack', 'UNLIKE', 'r1']), [], 'UnfulfilledConstraint'],
  ['UNLIKE of an attribute that is not there', constrained(['zone', 'UNLIKE', 'z']), [], 'fits'],
  ['IS', constrained(['rack', 'IS', 'r1']), [], 'fits'],
  ['MAX_PER, room', constrained(['hostname', 'MAX_PER', '2']), [place('h1', 'r1')], 'fits'],
  ['MAX_PER, full', constrained(['hostname', 'MAX_PER', '1']), [place('h1', 'r1')], 'UnfulfilledConstraint'],
  ['GROUP_BY with a number, a new group', constrained(['rack', 'GROUP_BY', '2']), [place('h2', 'r2')], 'fits'],
  [
    'GROUP_BY with a number blocks a scale-up',
    constrained(['rack', 'GROUP_BY', '2']),
    [place('h1', 'r1'), place('h2', 'r2')],
    'UnfulfilledConstraint',
  ],
  [
    'all constraints must be met',
    constrained(['rack', 'IS', 'r1'], ['hostname', 'IS', 'h2']),
    [],
    'UnfulfilledConstraint',
  ],
]
for (const [name, more, places, wanted] of table) test(name, () => assert.is(tried(more, places), wanted))

test('an agent in maintenance is left alone', () => {
  const down = { ...offer('h1', 'r1'), unavailability: { start: { nanoseconds: 1 } } }
  assert.is(tried({}, [], down), 'AgentMaintenance')
})

test('only GROUP_BY without a number is deadly', () => {
  assert.ok(deadly([['rack', 'GROUP_BY']]))
  assert.not.ok(
    deadly([
      ['rack', 'GROUP_BY', '2'],
      ['hostname', 'UNIQUE'],
    ]),
  )
})

test('ports are different ones, of those offered', () => {
  const ranges = [
    { begin: 1, end: 3 },
    { begin: 10, end: 11 },
  ]
  for (const seed of ['a', 'b', 'c', 'd']) {
    const chosen = choosePorts([0, 0, 10, 0, 0], ranges, seed) as number[]
    assert.equal(
      [...chosen].sort((a, b) => a - b),
      [1, 2, 3, 10, 11],
    )
    assert.is(chosen[2], 10)
  }
  assert.equal(choosePorts([undefined], ranges, 'a'), [], 'no port of the host is wanted')
})

test('what a task takes is not there for the next', () => {
  const { resources } = offer('h1', 'r1')
  const left = less(resources, part(resources, { cpus: 0.1, mem: 100, disk: 0, gpus: 0 }, [31_003]))
  assert.equal([scalar(left, 'cpus'), scalar(left, 'mem'), scalar(left, 'disk')], [3.9, 1948, 100])
  assert.equal(portRanges(left), [
    { begin: 31_000, end: 31_002 },
    { begin: 31_004, end: 31_009 },
  ])
})

test('an attempt that fails at one reason is not asked for the next', () => {
  const attempts: Reason[][] = [['InsufficientCpus'], ['UnfulfilledConstraint'], []]
  const told = Object.fromEntries(
    funnel(attempts).map(({ reason, declined, processed }) => [reason, [declined, processed]]),
  )
  assert.is(Object.keys(told).length, REASONS.length)
  assert.equal(told.UnfulfilledRole, [0, 3])
  assert.equal(told.UnfulfilledConstraint, [1, 3])
  assert.equal(told.InsufficientCpus, [1, 2])
  assert.equal(told.InsufficientMemory, [0, 1])
})

test.run()
