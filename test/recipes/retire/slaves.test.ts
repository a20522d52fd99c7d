import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../../recipes/docker.ts'
import { withoutRoom } from '../../../recipes/mesos-agent/farewell.ts'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import type { MarathonApp, MarathonTask, MesosAgent } from '../../../src/index.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import { app as anApp, slave as aSlave, task } from '../../support/apps.ts'
import { fakeNet, paths } from '../../support/fake-net.ts'
import type { Asked, Said } from '../../support/http-peer.ts'
import { stack } from '../support.ts'
import { a, b, turnOf } from './support.ts'

const test = suite('farewells: slaves')

const app = (tasks: readonly MarathonTask[], definition: object = {}): MarathonApp =>
  anApp(tasks, { definition: { cpus: 0.5, mem: 128, ...definition } })
const slave = (id: string, cpus: number, attributes: Readonly<Record<string, string>> = {}): MesosAgent =>
  aSlave(id, { attributes, free: { cpus, mem: 4096, disk: 1000 } })
const UNIQUE = { constraints: [['hostname', 'UNIQUE']] }

for (const [what, tasks, definition, go, stay, lacks] of [
  ['nothing here', [task('c', 'B')], {}, ['A'], [slave('B', 0)], []],
  ['room for all', [a, b], {}, ['A'], [slave('B', 1)], []],
  ['room for one of two', [a, b], {}, ['A'], [slave('B', 0.5)], [2, 1]],
  ['room on two slaves', [a, b], {}, ['A'], [slave('B', 0.5), slave('C', 0.5)], []],
  ['nobody else', [a], {}, ['A'], [], [1, 0]],
  ['one on each host, and a free one', [a, task('c', 'B')], UNIQUE, ['A'], [slave('B', 4), slave('C', 4)], []],
  ['one on each host, and none free', [a, task('c', 'B')], UNIQUE, ['A'], [slave('B', 4)], [1, 0]],
  [
    'one on each host, of which one has ended',
    [a, task('c', 'B', { state: 'TASK_FAILED' })],
    UNIQUE,
    ['A'],
    [slave('B', 4)],
    [],
  ],
  [
    'a constraint that nobody else meets',
    [a],
    { constraints: [['rack', 'LIKE', 'r1']] },
    ['A'],
    [slave('B', 4, { rack: 'r2' })],
    [1, 0],
  ],
  ['one that is starting', [task('c', 'A', { state: 'TASK_STAGING' })], {}, ['A'], [slave('B', 0)], [1, 0]],
  ['one that has ended', [task('c', 'A', { state: 'TASK_FINISHED' })], {}, ['A'], [slave('B', 0)], []],
  ['two that leave at once, and room for one', [a, task('c', 'B')], {}, ['A', 'B'], [slave('C', 0.5)], [2, 1]],
  ['two that leave at once, and room for both', [a, task('c', 'B')], {}, ['A', 'B'], [slave('C', 1)], []],
  ['only the other one has tasks', [task('c', 'B')], {}, ['A', 'B'], [slave('C', 0)], []],
] as const)
  test(`room for the tasks of a slave that leaves: ${what}`, () => {
    const of = go.map((id) => slave(id, 0))
    const found = withoutRoom([app(tasks, definition)], of[0] as MesosAgent, of.slice(1), stay)
    assert.equal(
      found.map(({ tasks, room }) => [tasks, room]),
      lacks.length === 0 ? [] : [lacks],
    )
  })

/** A cluster that is played: agents of s-1, s-2, s-3, an app that runs on some of them. */
function world(tasks: readonly MarathonTask[], { without = [], marathon = true }: Played = {}) {
  const marked: string[] = []
  const free = { cpus: 1, mem: 1024, disk: 100 }
  const agents = ['A', 'B', 'C']
    .map((id, i) => ({
      id,
      hostname: `10.0.0.2${i + 1}`,
      pid: `slave(1)@10.0.0.2${i + 1}:5051`,
      active: true,
      unreserved_resources: free,
      used_resources: { cpus: 0.5, mem: 0, disk: 0 },
    }))
    .filter(({ id }) => !without.includes(id))
  const master = (asked: Asked): Said => {
    if (asked.path === '/slaves') return { body: { slaves: agents, recovered_slaves: [] } }
    const { type, mark_agent_gone } = JSON.parse(asked.body)
    marked.push(`${type} ${mark_agent_gone?.agent_id.value}`)
    return {}
  }
  const body = { apps: [{ ...app(tasks).definition, ...app(tasks), tasks }] }
  const net = fakeNet({
    '10.0.0.11:5050': master,
    ...(marathon ? { '10.0.0.11:8080': paths({ '/v2/apps': { body } }) } : {}),
  })
  return { net, marked }
}
interface Played {
  readonly without?: readonly string[]
  readonly marathon?: boolean
}

/** Three slaves, of which some are to leave. */
const slaves = (...retire: readonly number[]): Cluster =>
  stack({
    masters: 1,
    slaves: 0,
    hosts: Object.fromEntries(
      [1, 2, 3].map((n) => [
        `s-${n}`,
        { address: `10.0.0.2${n}`, roles: ['mesos-slave'], ...(retire.includes(n) ? { retire: true } : {}) },
      ]),
    ),
  })

for (const [what, tasks, retire, played, reason] of [
  ['there is room', [a, b], [1], {}, undefined],
  [
    'there is not',
    [a, b, task('c', 'A')],
    [1],
    {},
    '3 tasks of /web must go elsewhere, and the slaves that stay have room for 2.',
  ],
  [
    'another one leaves, too',
    [a, task('c', 'B')],
    [1, 2],
    {},
    '2 tasks of /web must go elsewhere, and the slaves that stay have room for 1.',
  ],
  ['Mesos does not know its agent any more', [a, b, task('c', 'A')], [1], { without: ['A'] }, undefined],
  ['Marathon is away', [a, b, task('c', 'A')], [1], { marathon: false }, undefined],
] as const)
  test(`a slave is to leave, and ${what}`, async () => {
    const { turn } = turnOf(slaves(...retire), 's-1', world(tasks, played).net)
    const refusals = (await mesosAgent.farewell?.refuse?.(turn)) ?? []
    assert.equal(
      refusals.map((each) => [each.refusal, each.reason]),
      reason === undefined ? [] : [['drain-outage', reason]],
    )
  })

for (const [what, tasks, retire, together, played, says] of [
  ['there is room', [a, b], [], [], {}, ['The slaves that stay have room for its 2 tasks.']],
  ['it has none', [task('c', 'B')], [], [], {}, ['It has no task.']],
  [
    'there is no room, since another one is drained with it',
    [a, task('c', 'B')],
    [],
    ['s-2'],
    {},
    ['2 tasks of /web must go elsewhere, and the slaves that stay have room for 1.'],
  ],
  [
    'another one is to leave',
    [a, b],
    [2],
    [],
    {},
    ['2 tasks of /web must go elsewhere, and the slaves that stay have room for 1.'],
  ],
  ['Marathon is away', [a], [], [], { marathon: false }, []],
] as const)
  test(`what is foreseen of a drain: ${what}`, async () => {
    const cluster = slaves(...retire)
    const { turn } = turnOf(cluster, 's-1', world(tasks, played).net)
    const all = together.map((name) => cluster.host(name))
    assert.equal(await docker.rolling?.foresees?.(turn, all), says)
  })

for (const [what, by, played, marked] of [
  ['that leaves', 's-1', {}, ['MARK_AGENT_GONE A']],
  ['that leaves once more', 's-1', { without: ['A'] }, []],
  ['that is dead, by one that stays', 's-3', {}, ['MARK_AGENT_GONE A']],
  ['that is dead and forgotten, by one that stays', 's-3', { without: ['A'] }, []],
] as const)
  test(`Mesos forgets the agent of one ${what}`, async () => {
    const cluster = slaves(1)
    const { net, marked: calls } = world([], played)
    const { turn } = turnOf(cluster, by, net)
    await (by === 's-1' ? mesosAgent.farewell?.leave?.(turn) : mesosAgent.farewell?.forget?.(turn, cluster.host('s-1')))
    assert.equal(calls, marked)
  })

test.run()
