import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mesosMaster } from '../../../recipes/mesos-master.ts'
import { fakeNet, type Peers, paths } from '../../support/fake-net.ts'
import type { Said } from '../../support/http-peer.ts'
import { stack } from '../support.ts'
import { recorded, vars } from './ground.ts'

const test = suite('recipes/mesos-master: health')

const LEADER = JSON.parse(recorded('metrics-leader')) as Record<string, number>
const FOLLOWER = JSON.parse(recorded('metrics-follower')) as Record<string, number>
const redirect = (to: string): Said => ({ status: 307, headers: { Location: `//${to}` } })
const master = (metrics: object, to?: string) =>
  paths({ '/metrics/snapshot': { body: metrics }, '/redirect': to === undefined ? { status: 503 } : redirect(to) })

const ONE = '10.0.0.11:5050'
/** What `srvr` of a follower is: no HTTP. Whoever speaks it here is served by the same fake. */
const NO_ZK: Peers = {}

for (const [what, masters, peers, says] of [
  ['a leader', 3, { [ONE]: master(LEADER) }, { green: true, leads: true, says: 'leader, 3 of 3 masters, 2 agents' }],
  [
    'a leader that misses one',
    3,
    { [ONE]: master({ ...LEADER, 'registrar/log/ensemble_size': 2 }) },
    { green: true, leads: true, says: 'leader, 2 of 3 masters, 2 agents' },
  ],
  [
    'the only one',
    1,
    { [ONE]: master({ ...LEADER, 'registrar/log/ensemble_size': 1, 'master/slaves_active': 1 }) },
    { green: true, leads: true, says: 'leader, alone, 1 agent' },
  ],
  [
    'one that is elected without a quorum',
    3,
    { [ONE]: master({ ...FOLLOWER, 'master/elected': 1 }) },
    { green: false, leads: true, says: 'elected, but without a quorum: it cannot read the registry' },
  ],
  [
    'a leader of more masters than there are',
    3,
    { [ONE]: master({ ...LEADER, 'registrar/log/ensemble_size': 4 }) },
    {
      green: false,
      leads: true,
      says: 'leader of 4 masters, and the inventory has 3: stop and mask the ones that are not in it, or the registry may be lost',
    },
  ],
  ['a follower', 3, { [ONE]: master(FOLLOWER, '10.0.0.13:5050') }, { green: true, says: 'follower of 10.0.0.13' }],
  [
    'a leader after its restart',
    3,
    { [ONE]: master(FOLLOWER, ONE) },
    { green: false, says: 'still names itself as the leader, which it was before its restart' },
  ],
  [
    'one whose replica is behind',
    3,
    { [ONE]: master({ ...FOLLOWER, 'registrar/log/recovered': 0 }, '10.0.0.13:5050') },
    { green: false, says: 'its replica of the registry has not caught up yet' },
  ],
  [
    'one that knows no leader, as nobody serves ZooKeeper',
    3,
    { [ONE]: master(FOLLOWER), ...NO_ZK },
    { green: false, waitsFor: 'zookeeper', says: 'knows no leader; no ZooKeeper serves' },
  ],
  [
    'one that does not run',
    3,
    {},
    { green: false, down: true, says: 'not running: port 5050 refuses; its last words: F1122 Recovery failed' },
  ],
] as const) {
  test(`health of ${what}`, async () => {
    const cluster = stack({ masters })
    const net = fakeNet(peers as Peers, () => 'failed\nF1122 Recovery failed\n')
    assert.equal(await mesosMaster.health?.(cluster.host('m-1'), cluster, net), says)
  })
}

test('health asks as the operator, where there is one', async () => {
  const cluster = stack({
    vars: vars({ authenticateHttp: true, operator: { principal: 'ops', secret: 'env:TEST_OPS' } }),
  })
  let header: string | undefined
  const net = fakeNet({
    [ONE]: (asked) => {
      header = asked.headers.authorization
      return { body: LEADER }
    },
  })
  await mesosMaster.health?.(cluster.host('m-1'), cluster, net)
  assert.is(header, `Basic ${Buffer.from('ops:ops-s3cret').toString('base64')}`)
})

test.run()
