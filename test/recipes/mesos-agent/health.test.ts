import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import { fakeNet, type Peers, paths } from '../../support/fake-net.ts'
import type { Said } from '../../support/http-peer.ts'
import { stack } from '../support.ts'
import { AGENT, recorded } from './ground.ts'

const test = suite('recipes/mesos-agent: health')

const slaves = (more: object): Said => ({
  body: {
    slaves: [{ ...JSON.parse(recorded('slaves')).slaves[1], pid: 'slave(1)@10.0.0.21:5051', ...more }],
    recovered_slaves: [],
  },
})
const metrics = (tasks: number, uptime = 3600): Said => ({
  body: { ...JSON.parse(recorded('agent-metrics')), 'slave/tasks_running': tasks, 'slave/uptime_secs': uptime },
})
const agent = paths({ '/metrics/snapshot': metrics(2) })
const leads = (said: Said, more: object = {}): Peers => ({
  '10.0.0.11:5050': paths({ '/slaves': { status: 307, headers: { Location: '//10.0.0.12:5050/master/slaves' } } }),
  '10.0.0.12:5050': paths({
    '/slaves': said,
    '/metrics/snapshot': { body: { ...JSON.parse(recorded('metrics-leader')), ...more } },
  }),
})
const OWN: string = JSON.parse(recorded('slaves')).slaves[1].id
/** An agent whose process began a short while ago, and its id according to itself. */
const young = (id: string) => paths({ '/metrics/snapshot': metrics(2, 3), '/state': { body: { id } } })
const ANEW = { green: false, says: 'not registered yet: m-2 knows the agent that was here before' }

for (const [what, peers, says] of [
  ['an agent', { [AGENT]: agent, ...leads(slaves({})) }, { green: true, says: 'active, 2 tasks' }],
  [
    'one with a task',
    { [AGENT]: paths({ '/metrics/snapshot': metrics(1) }), ...leads(slaves({})) },
    { green: true, says: 'active, 1 task' },
  ],
  ['one that does not count for us', { [AGENT]: paths({}), ...leads(slaves({})) }, { green: true, says: 'active' }],
  ...(
    [
      ['one that has just begun, and is registered', OWN, { green: true, says: 'active, 2 tasks' }],
      ['one that has just begun, of which the master knows only its predecessor', 'S9', ANEW],
      ['one that has just begun, and has no id yet', '', ANEW],
    ] as const
  ).map(([what, id, says]) => [what, { [AGENT]: young(id), ...leads(slaves({})) }, says] as const),
  [
    'one that the master has lost',
    { [AGENT]: agent, ...leads(slaves({ active: false })) },
    { green: false, says: 'm-2 knows it, and is not connected to it, 2 tasks' },
  ],
  [
    'one that is deactivated',
    { [AGENT]: agent, ...leads(slaves({ active: false, deactivated: true })) },
    { green: false, away: true, says: 'deactivated, 2 tasks' },
  ],
  [
    'one that is drained',
    {
      [AGENT]: paths({ '/metrics/snapshot': metrics(0) }),
      ...leads(slaves({ active: false, deactivated: true, drain_info: { state: 'DRAINED' } })),
    },
    { green: false, away: true, says: 'drained, 0 tasks' },
  ],
  [
    'one that nobody knows',
    { [AGENT]: agent, ...leads(slaves({ pid: 'slave(1)@10.0.0.99:5051', hostname: 'x' })) },
    { green: false, says: 'not registered: m-2, which leads, does not know it' },
  ],
  [
    'one whose leader has no quorum',
    { [AGENT]: agent, ...leads({ body: { slaves: [] } }, { 'registrar/state_fetch_ms': undefined }) },
    { green: false, waitsFor: 'mesos-master', says: 'm-2 leads without a quorum' },
  ],
  [
    'one without masters',
    { [AGENT]: agent },
    {
      green: false,
      waitsFor: 'mesos-master',
      says: 'no master answers as the leader: m-1: 10.0.0.11:5050 refused the connection; m-2: 10.0.0.12:5050 refused the connection; m-3: 10.0.0.13:5050 refused the connection',
    },
  ],
  [
    'one that does not run',
    leads(slaves({})),
    { green: false, down: true, says: 'not running: port 5051 refuses; its last words: EXIT with status 1' },
  ],
] as const) {
  test(`health of ${what}`, async () => {
    const cluster = stack()
    const net = fakeNet(peers as Peers, () => 'failed\nEXIT with status 1\n')
    assert.equal(await mesosAgent.health?.(cluster.host('s-1'), cluster, net), says)
  })
}

test.run()
