import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mesosMaster } from '../../../recipes/mesos-master.ts'
import type { Step } from '../../../src/model/plan.ts'
import { fakeNet, type Peers, paths } from '../../support/fake-net.ts'
import type { Asked } from '../../support/http-peer.ts'
import { envChange, hostOf, stack } from '../support.ts'
import { recorded, vars } from './ground.ts'

const test = suite('recipes/mesos-master: refusals')

const FOLLOWER = JSON.parse(recorded('metrics-follower')) as Record<string, number>

/** Masters that run with a quorum and see so many of them. */
const runs = (quorum: number, ensemble: number) =>
  paths({
    '/flags': { body: { flags: { quorum: String(quorum) } } },
    '/metrics/snapshot': { body: { ...FOLLOWER, 'registrar/log/ensemble_size': ensemble } },
  })
const at = (...all: readonly [n: number, peer: ReturnType<typeof runs>][]): Peers =>
  Object.fromEntries(all.map(([n, peer]) => [`10.0.0.1${n}:5050`, peer]))
const start: Step = {
  resource: 'service mesos-master',
  type: 'service',
  name: 'mesos-master',
  changes: [{ action: 'create', attribute: 'running', to: 'running' }],
}
const change = (diff: string): readonly Step[] => envChange('mesos-master', '/etc/mesos/master.env', diff)

for (const [what, masters, own, steps, peers, refused] of [
  ['a first start of all', 3, {}, [start], {}, []],
  ['one that comes back', 3, {}, [start], at([2, runs(2, 2)], [3, runs(2, 2)]), []],
  [
    'one that joins three with their quorum',
    5,
    {},
    [start],
    at([2, runs(2, 3)], [3, runs(2, 3)], [4, runs(2, 3)]),
    ['mesos-quorum'],
  ],
  [
    'one that joins three which were told before',
    5,
    {},
    [start],
    at([2, runs(3, 3)], [3, runs(3, 3)], [4, runs(3, 3)]),
    [],
  ],
  [
    'one that joins as many as there shall be',
    3,
    { zkSessionTimeout: '1secs' },
    [start],
    at([2, runs(2, 3)], [3, runs(2, 3)]),
    ['mesos-quorum'],
  ],
  ['one that joins a single master', 3, {}, [start], at([2, runs(1, 1)]), ['mesos-reset-registry']],
  [
    'a single master that is told of others',
    3,
    {},
    change('-MESOS_QUORUM=1\n+MESOS_QUORUM=2'),
    at([1, runs(1, 1)]),
    ['mesos-reset-registry'],
  ],
  [
    'the step before two more',
    3,
    { quorum: 3 },
    change('-MESOS_QUORUM=2\n+MESOS_QUORUM=3'),
    at([1, runs(2, 3)], [2, runs(2, 3)], [3, runs(2, 3)]),
    [],
  ],
  [
    'two steps at once',
    5,
    { quorum: 5 },
    change('-MESOS_QUORUM=3\n+MESOS_QUORUM=5'),
    at([1, runs(3, 5)]),
    ['mesos-quorum'],
  ],
  [
    'fewer, while those that go still run',
    3,
    {},
    change('-MESOS_QUORUM=3\n+MESOS_QUORUM=2'),
    at([1, runs(3, 5)]),
    ['mesos-quorum'],
  ],
  ['fewer, when those that go have gone', 3, {}, change('-MESOS_QUORUM=3\n+MESOS_QUORUM=2'), at([1, runs(3, 3)]), []],
  ['another timeout', 3, {}, change('-MESOS_OFFER_TIMEOUT=2mins\n+MESOS_OFFER_TIMEOUT=3mins'), at([1, runs(2, 3)]), []],
  [
    'a work_dir that moves',
    3,
    {},
    change('-MESOS_WORK_DIR=/a\n+MESOS_WORK_DIR=/b'),
    at([1, runs(2, 3)]),
    ['mesos-work-dir'],
  ],
] as const) {
  test(`refuses: ${what}`, async () => {
    const cluster = stack({ masters, vars: vars(own) })
    const refusals = (await mesosMaster.refuse?.(hostOf(cluster, 'm-1'), cluster, steps, fakeNet(peers))) ?? []
    assert.equal(
      refusals.map((r) => r.refusal),
      refused,
    )
    for (const { reason, remedy } of refusals) assert.match(`${reason} ${remedy}`, /^\S[^\n]*\. [A-Z][^\n]*\.$/)
  })
}

test('a master whose host was made anew is no stranger: its old self is counted until its session is over', async () => {
  const cluster = stack({ masters: 3 })
  const began = performance.now()
  const peer = () => runs(2, performance.now() - began < 700 ? 3 : 2)
  const peers = Object.fromEntries([2, 3].map((n) => [`10.0.0.1${n}:5050`, (asked: Asked) => peer()(asked)]))
  assert.equal(await mesosMaster.refuse?.(hostOf(cluster, 'm-1'), cluster, [start], fakeNet(peers)), [])
})

test('refuses: a port that somebody else has', async () => {
  const cluster = stack()
  const listens = '0\ntcp LISTEN 0 128 0.0.0.0:5050 0.0.0.0:* users:(("java",pid=77,fd=9))\n'
  const refusals = await mesosMaster.refuse?.(
    hostOf(cluster, 'm-1'),
    cluster,
    [start],
    fakeNet({}, () => listens),
  )
  assert.is(refusals?.[0]?.reason, 'Port 5050, which mesos-master wants, is taken by java (process 77).')
})

test.run()
