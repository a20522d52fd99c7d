import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { yields as masterYields } from '../../../recipes/mesos-master/yields.ts'
import { yields as keeperYields } from '../../../recipes/zookeeper/yields.ts'
import { TransportError } from '../../../src/index.ts'
import type { Net } from '../../../src/model/health.ts'
import { fakeKeeper, type Mode } from '../../support/fake-keeper.ts'
import { fakeNet, paths } from '../../support/fake-net.ts'
import type { Said } from '../../support/http-peer.ts'
import { stack, without } from '../support.ts'
import { fails, turnOf } from './support.ts'

const test = suite('farewells: masters')

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
  return { body: JSON.parse(readFileSync(new URL(`../../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')) }
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

test.run()
