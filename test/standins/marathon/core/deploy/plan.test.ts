import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { marked, versioned } from '../../app/difference.ts'
import { normalize } from '../../app/normalize.ts'
import type { App } from '../../app/types.ts'
import { makePlan } from './plan.ts'

const test = suite('marathon stand-in: plans')

const app = (id: string, more: object = {}): App => marked(normalize({ id, cmd: 'x', ...more }), 'v1')
const apps = (...list: readonly App[]) => Object.fromEntries(list.map((one) => [one.id, one]))
const steps = (before: Record<string, App>, after: Record<string, App>) =>
  makePlan('p', 'v2', before, after).steps.map((actions) =>
    actions.map(({ action, app: { id } }) => `${action.replace('Application', '')} ${id}`),
  )
const to = (before: App, more: object) => apps(versioned(before, { ...before, ...more } as App, 'v2'))

const a = app('/a')
const table: readonly (readonly [string, Record<string, App>, Record<string, App>, readonly (readonly string[])[]])[] =
  [
    ['nothing', apps(a), apps(a), []],
    ['created', {}, apps(a), [['Start /a'], ['Scale /a']]],
    ['removed', apps(a), {}, [['Stop /a']]],
    ['scaled', apps(a), to(a, { instances: 3 }), [['Scale /a']]],
    ['changed', apps(a), to(a, { cmd: 'y' }), [['Restart /a']]],
    ['changed and scaled', apps(a), to(a, { cmd: 'y', instances: 3 }), [['Restart /a']]],
    ['labels are configuration', apps(a), to(a, { labels: { k: 'v' } }), [['Restart /a']]],
    ['restarted', apps(a), apps(marked(a, 'v2')), [['Restart /a']]],
    ['changed, with no instance', apps(a), to(a, { cmd: 'y', instances: 0 }), [['Scale /a']]],
    [
      'dependencies first',
      {},
      apps(
        app('/shop/fe', { dependencies: ['/shop/be'] }),
        app('/shop/be/api', { dependencies: ['/shop/be/db'] }),
        app('/shop/be/db'),
      ),
      [
        ['Start /shop/fe', 'Start /shop/be/api', 'Start /shop/be/db'],
        ['Scale /shop/be/db'],
        ['Scale /shop/be/api'],
        ['Scale /shop/fe'],
      ],
    ],
    [
      'created and scaled at once',
      apps(a),
      { ...to(a, { instances: 2 }), ...apps(app('/b')) },
      [['Start /b'], ['Scale /a', 'Scale /b']],
    ],
  ]
for (const [name, before, after, wanted] of table) test(name, () => assert.equal(steps(before, after), wanted))

test('a plan remembers what was before, for a rollback', () => {
  const plan = makePlan('p', 'v2', apps(a, app('/c')), { ...to(a, { cmd: 'y' }), ...apps(app('/c')) })
  assert.equal(plan.original, apps(a))
})

test('a version that only scales keeps the time of the configuration', () =>
  assert.equal(versioned(a, { ...a, instances: 3 }, 'v2').versionInfo, {
    lastScalingAt: 'v2',
    lastConfigChangeAt: 'v1',
  }))

test.run()
