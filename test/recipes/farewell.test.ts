/** How hosts leave for good: what a member does before, what speaks against it, what the others are told. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { consul } from '../../recipes/consul.ts'
import { docker } from '../../recipes/docker.ts'
import { withoutRoom } from '../../recipes/mesos-agent/farewell.ts'
import { mesosAgent } from '../../recipes/mesos-agent.ts'
import { yields as masterYields } from '../../recipes/mesos-master/yields.ts'
import { yields as keeperYields } from '../../recipes/zookeeper/yields.ts'
import { type MarathonApp, type MarathonTask, type MesosAgent, TransportError } from '../../src/index.ts'
import type { Net } from '../../src/model/health.ts'
import type { Cluster, Turn } from '../../src/model/recipe.ts'
import { app as anApp, slave as aSlave, task } from '../support/apps.ts'
import { fakeKeeper, type Mode } from '../support/fake-keeper.ts'
import { fakeNet, paths } from '../support/fake-net.ts'
import type { Asked, Said } from '../support/http-peer.ts'
import { SOURCE } from './consul/lab.ts'
import { clusterOf, stack, without } from './support.ts'

const test = suite('farewells')

/** A turn of a host, and what was said and run in it. */
function turnOf(cluster: Cluster, name: string, net: Net): { readonly turn: Turn; readonly said: string[] } {
  const said: string[] = []
  const signal = new AbortController().signal
  const say = (text: string) => void said.push(text)
  const turn = { host: cluster.host(name), cluster, net, netTo: () => net, allow: new Set<string>(), signal, say }
  return { turn, said }
}
const fails = (work: Promise<unknown> | undefined): Promise<string> =>
  (work ?? Promise.reject(new Error('there is nothing to do'))).then(
    () => 'it went well',
    (error: Error) => error.message,
  )

/** A member that has one role after the other: each restart is one further. */
function keeper(roles: readonly (Mode | 'away')[]) {
  let restarts = 0
  const scripts: string[] = []
  const net: Net = {
    async read(script) {
      scripts.push(script.text.trim())
      restarts += 1
      return ''
    },
    async dial() {
      const mode = roles[Math.min(restarts, roles.length - 1)] ?? 'away'
      if (mode === 'away') throw new TransportError('refused', 'nobody listens')
      return fakeKeeper(mode)
    },
  }
  return { net, scripts }
}

for (const [what, masters, roles, restarts, end] of [
  ['a follower', 3, ['follower'], 0, 'it went well'],
  ['one that does not run', 3, ['away'], 0, 'it went well'],
  ['the leader, and another one leads after its restart', 3, ['leader', 'follower'], 1, 'it went well'],
  ['the leader, which leads once more', 3, ['leader', 'leader', 'follower'], 2, 'it went well'],
  ['the leader, which joins no quorum again', 3, ['leader', 'in no quorum'], 1, 'it went well'],
  ['one that always leads', 3, ['leader'], 3, 'ZooKeeper became the leader there again after each of 3 restarts'],
  ['the leader, where only one other is left', 1, ['leader'], 0, 'it went well'],
] as const)
  test(`ZooKeeper hands over: ${what}`, async () => {
    const { net, scripts } = keeper(roles)
    const cluster = stack({
      masters,
      hosts: { 'm-9': { address: '10.0.0.19', roles: ['mesos-master'], retire: true, vars: { zookeeper: { id: 9 } } } },
    })
    const { turn, said } = turnOf(cluster, 'm-9', net)
    assert.is(await fails(keeperYields(turn, { each: 20, poll: 1 })), end)
    assert.equal(scripts, Array(restarts).fill('systemctl restart zookeeper.service'))
    assert.equal(said, Array(restarts).fill('another ZooKeeper to lead'))
  })

const metrics = (elected: boolean): Said => {
  const name = elected ? 'metrics-leader' : 'metrics-follower'
  return { body: JSON.parse(readFileSync(new URL(`../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')) }
}
const STOP = 'systemctl disable -q --now mesos-master.service'
const ACTIVE = 'systemctl is-active -q mesos-master.service || echo stopped'
const RESTART = 'systemctl restart mesos-master.service'

for (const [what, masters, stopped, leadsAfter, scripts, end] of [
  ['two others stay', 2, false, Number.POSITIVE_INFINITY, [STOP], 'it went well'],
  ['the only other one leads', 1, false, 0, [STOP], 'it went well'],
  ['it leads, and the only other one does after its restart', 1, false, 3, [ACTIVE, RESTART, STOP], 'it went well'],
  ['it was stopped by an earlier run', 1, true, Number.POSITIVE_INFINITY, [ACTIVE, STOP], 'it went well'],
  [
    'the only other one never leads',
    1,
    false,
    Number.POSITIVE_INFINITY,
    [ACTIVE, RESTART],
    'm-1 does not lead the Mesos masters yet',
  ],
] as const)
  test(`a Mesos master ends: ${what}`, async () => {
    const leaving = { address: '10.0.0.19', roles: ['mesos-master'], retire: true, vars: { zookeeper: { id: 9 } } }
    const whole = stack({ masters: 3, hosts: { 'm-9': leaving } })
    const cluster = masters === 1 ? without(without(whole, 'm-3'), 'm-2') : without(whole, 'm-3')
    let asked = 0
    const run: string[] = []
    const other = paths({ '/metrics/snapshot': () => metrics(asked++ >= leadsAfter) })
    const net = fakeNet({ '10.0.0.11:5050': other }, (script) => {
      run.push(script.trim())
      return stopped && script.includes('is-active') ? 'stopped\n' : ''
    })
    const { turn } = turnOf(cluster, 'm-9', net)
    assert.is(await fails(masterYields(turn, { lead: Number.isFinite(leadsAfter) ? 60_000 : 0, poll: 1 })), end)
    assert.equal(run, scripts)
  })

const app = (tasks: readonly MarathonTask[], definition: object = {}): MarathonApp =>
  anApp(tasks, { definition: { cpus: 0.5, mem: 128, ...definition } })
const slave = (id: string, cpus: number, attributes: Readonly<Record<string, string>> = {}): MesosAgent =>
  aSlave(id, { attributes, free: { cpus, mem: 4096, disk: 1000 } })
const [a, b] = [task('a', 'A'), task('b', 'A')]
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

const nodes = clusterOf({
  vars: { consul: { source: SOURCE, datacenter: 'lab' } },
  hosts: {
    's-1': { address: '10.0.0.11', roles: ['consul-server'] },
    'c-1': { address: '10.0.0.51', roles: ['consul-client'], retire: true },
  },
})

for (const [what, answers, ended, end] of [
  ['it leaves and ends', { body: '' }, 'ended', 'it went well'],
  ['it ends before it has answered', new Error('reset'), 'ended', 'it went well'],
  ['it does not run', 'nobody', 'ended', 'it went well'],
  ['it leaves and does not end', { body: '' }, '', 'its Consul agent did not stop after it had left the cluster'],
  [
    'it may not leave',
    { status: 403, body: 'Permission denied' },
    '',
    'its agent is not allowed to leave Consul: its token needs agent:write',
  ],
  ['it fails', { status: 500, body: 'no leader' }, '', '/v1/agent/leave answered 500: no leader'],
] as const)
  test(`a node leaves Consul: ${what}`, async () => {
    const run: string[] = []
    const agent = paths({ '/v1/agent/leave': answers as Said })
    const net = fakeNet(answers === 'nobody' ? {} : { '127.0.0.1:8500': agent }, (script) => {
      run.push(script)
      return `${script.includes('is-active') ? ended : ''}\n`
    })
    const { turn, said } = turnOf(nodes, 'c-1', net)
    assert.match(await fails(consul.farewell?.leave?.(turn)), end)
    assert.equal(said, ['its node to leave Consul'])
    // systemd does not start it again meanwhile, and may do so later
    assert.match(run[0] ?? '', /Restart=no/)
    assert.match(run[1] ?? '', /rm -rf \/run\/systemd\/system\/consul\.service\.d/)
  })

for (const [what, members, calls] of [
  ['that the others know', ['s-1', 'c-1'], ['/v1/agent/force-leave/c-1']],
  ['that nobody knows any more', ['s-1'], []],
] as const)
  test(`Consul forgets a node ${what}`, async () => {
    const put: string[] = []
    const net = fakeNet({
      '127.0.0.1:8500': ({ method, path }) => {
        if (method === 'GET') return { body: members.map((Name) => ({ Name, Addr: '10.0.0.1', Status: 1, Tags: {} })) }
        put.push(path)
        return { body: '' }
      },
    })
    const { turn } = turnOf(nodes, 's-1', net)
    await consul.farewell?.forget?.(turn, nodes.host('c-1'))
    assert.equal(put, calls)
  })

test.run()
