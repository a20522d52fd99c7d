// Which tasks a way back ends at once: never one that answers, unless enough others do.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MarathonApp, MarathonTask } from '../../src/clients/marathon-answers.ts'
import { type Goal, rollbackStep } from '../../src/deploy/rollout/rollback-steps.ts'
import { situation } from '../../src/deploy/rollout/situation.ts'
import type { Others } from '../../src/model/task-health.ts'

const test = suite('the way back')

const check = [{ protocol: 'MESOS_HTTP', path: '/up' }]
const goal: Goal = { definition: { healthChecks: check, env: { V: '1' } }, instances: 4 }
type Said = { readonly healthy?: boolean; readonly others?: Others; readonly state?: string }
const well: Said = { healthy: true }
const sick: Said = { healthy: false, others: { mesos: false, app: false, haproxy: false } }
const forgotten: Said = { others: { mesos: true } }
const served: Said = { healthy: false, others: { haproxy: true } }
const unknown: Said = {}

const tasks = (version: string, all: readonly Said[]): readonly MarathonTask[] =>
  all.map(({ healthy, ...more }, i) => ({
    id: `${version === '2' ? 'new' : 'old'}${i + 1}`,
    host: 'h',
    slaveId: 'S',
    state: 'TASK_RUNNING',
    version,
    healthy,
    ports: [31000 + i],
    ...more,
  }))

function step(old: readonly Said[], fresh: readonly Said[]) {
  const app: MarathonApp = {
    id: '/web',
    instances: 4,
    version: '2',
    configVersion: '2',
    definition: { healthChecks: check, env: { V: '2' }, upgradeStrategy: { maximumOverCapacity: 0.5 } },
    tasks: [...tasks('1', old), ...tasks('2', fresh)],
    deployments: [],
  }
  const next = rollbackStep({ app, now: situation(app, []), scales: false }, goal)
  return next.do === 'remove' ? next.ids.join(' ') : next.do
}

// old tasks, new tasks; the new ones that are ended at once, or what is done instead
for (const [what, old, fresh, ended] of [
  ['all old ones serve, the new ones are sick', [well, well, well, well], [sick, sick], 'new1 new2'],
  [
    'all old ones serve, a new one answers though it is called sick',
    [well, well, well, well],
    [served, sick],
    'new2 new1',
  ],
  ['an old one is gone, a new one answers in its place', [well, well, well], [served, sick], 'new2'],
  ['no old one is left, all new ones answer, whatever they are called', [], [served, served, served, served], 'put'],
  [
    'no old one is left, Marathon has forgotten all, and Mesos calls them healthy',
    [],
    [forgotten, forgotten, forgotten, forgotten],
    'put',
  ],
  ['no old one is left, one of the new ones does not answer', [], [forgotten, served, served, sick], 'new4'],
  ['Marathon has forgotten the old ones', [forgotten, forgotten, forgotten, forgotten], [sick], 'new1'],
  ['nobody knows how the only ones are', [], [unknown, unknown], 'put'],
  [
    'nobody knows how the new ones are, and all old ones serve',
    [well, well, well, well],
    [unknown, unknown],
    'new1 new2',
  ],
  ['more answer than are wanted', [well, well, well, well], [served, served], 'new1 new2'],
] as const)
  test(what, () => assert.is(step(old, fresh), ended))

test.run()
