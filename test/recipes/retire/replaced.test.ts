/** A dead slave whose name a machine at another address gets: Mesos is told that its agent is gone. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import type { Step } from '../../../src/index.ts'
import { fakeNet } from '../../support/fake-net.ts'
import type { Asked, Said } from '../../support/http-peer.ts'
import { stack } from '../support.ts'
import { turnOf } from './support.ts'

const test = suite('a machine with the name of another')

const cluster = stack({
  masters: 1,
  slaves: 0,
  hosts: {
    's-1': { address: '10.0.0.21', roles: ['mesos-slave'] },
    's-2': { address: '10.0.0.29', roles: ['mesos-slave'] },
  },
})
const steps = (action: 'create' | 'update'): readonly Step[] => [
  { resource: 'file /etc/mesos/agent.env', type: 'file', name: '/etc/mesos/agent.env', changes: [{ action }] },
]
const [ALIVE, LEFT, FAILED] = [1, 3, 4]
const member = (Name: string, Addr: string, Status: number) => ({
  Name,
  Addr,
  Status,
  Tags: { role: 'node', id: Addr },
})

/** Mesos knows agents at these addresses; Consul says in turn who its members are, and the last again and again. */
function world(agents: readonly string[], ...members: readonly (readonly object[] | number)[]) {
  const marked: string[] = []
  const asked: string[] = []
  const slaves = agents.map((at) => ({ id: at, hostname: at, pid: `slave(1)@${at}:5051`, active: true }))
  let left = members
  const net = fakeNet({
    '10.0.0.11:5050': ({ path, body }: Asked): Said => {
      if (path === '/slaves') return { body: { slaves, recovered_slaves: [] } }
      const { type, mark_agent_gone } = JSON.parse(body)
      marked.push(`${type} ${mark_agent_gone?.agent_id.value}`)
      return {}
    },
    '127.0.0.1:8500': ({ path }: Asked): Said => {
      asked.push(path)
      const [now = 500, ...more] = left
      if (more.length > 0) left = more
      return typeof now === 'number' ? { status: now, body: 'no' } : { body: now }
    },
  })
  return { net, marked, asked }
}

const both = ['10.0.0.21', '10.0.0.22']
const DEAD = [member('s-2', '10.0.0.22', FAILED)]
for (const [what, action, agents, members, marks, asks] of [
  ['it is dead', 'create', both, [DEAD], ['MARK_AGENT_GONE 10.0.0.22'], 1],
  ['it has left', 'create', both, [[member('s-2', '10.0.0.22', LEFT)]], ['MARK_AGENT_GONE 10.0.0.22'], 1],
  [
    'Consul has not noticed yet that it is dead',
    'create',
    both,
    [[member('s-2', '10.0.0.22', ALIVE)], DEAD],
    ['MARK_AGENT_GONE 10.0.0.22'],
    2,
  ],
  ['the machine is set up already', 'update', both, [DEAD], [], 0],
  ['Mesos knows it no more', 'create', ['10.0.0.21'], [DEAD], [], 0],
  ['another host is at its address', 'create', ['10.0.0.21'], [[member('s-2', '10.0.0.21', FAILED)]], [], 0],
  ['the agent is of somebody else', 'create', both, [[member('x-1', '10.0.0.22', FAILED)]], [], 1],
  ['the new machine is a member already', 'create', both, [[member('s-2', '10.0.0.29', ALIVE)]], [], 1],
  ['Consul does not say', 'create', both, [500], [], 1],
] as const)
  test(`a machine at another address gets the name of a slave: ${what}`, async () => {
    const { net, marked, asked } = world(agents, ...members)
    const { turn, said } = turnOf(cluster, 's-2', net)
    await mesosAgent.farewell?.replaces?.(turn, steps(action))
    assert.equal(marked, marks)
    assert.is(asked.length, asks)
    assert.equal(
      said,
      asks === 2 ? ['Consul to notice that the machine at 10.0.0.22, which had its name, is gone'] : [],
    )
  })

test('a run that is stopped does not wait until Consul has noticed', async () => {
  const { net, marked } = world(both, [member('s-2', '10.0.0.22', ALIVE)])
  const stop = new AbortController()
  const turn = { ...turnOf(cluster, 's-2', net).turn, signal: stop.signal, say: () => stop.abort() }
  await mesosAgent.farewell?.replaces?.(turn, steps('create'))
  assert.equal(marked, [])
})

test.run()
