import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../../src/balancing/chain.ts'
import { marathon } from '../../../src/clients/marathon.ts'
import type { LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { references } from '../../../src/deploy/remove/references.ts'
import { fronts, other, removals, removes, WEB } from './ground.ts'

const test = removals('remove: refused')

const refused: readonly (readonly [
  what: string,
  others: readonly object[],
  more: Partial<LiveCluster>,
  says: RegExp,
])[] = [
  ['an app depends on it', [other('/api', { dependencies: ['/web'] })], {}, /^\/api depends on it \(dependencies\)/],
  ['… by a path from its own id', [other('/a/api', { dependencies: ['../../web'] })], {}, /^\/a\/api depends on it/],
  ['it is the default', [], fronts({ defaultBackend: 'web' }), /^vars\.haproxy\.defaultBackend of slave-1 names web/],
  ['it is critical', [], fronts({ critical: ['shop', 'web'] }), /^vars\.haproxy\.critical of slave-1 names web/],
]
for (const [what, others, more, says] of refused) {
  test(`refused: ${what}`, async (ctx) => {
    ctx.fake.others = others
    ctx.fake.running(WEB)
    for (const check of [true, false]) {
      const { result } = await removes(ctx, { check }, more)
      assert.equal([result.outcome, result.exitCode, ctx.fake.log.requests], ['refused', 1, []])
      assert.match(result.reason ?? '', says)
    }
    assert.is((await removes(ctx, { allow: ['in-use'] }, more)).result.outcome, 'removed')
  })
}

for (const [what, dependency, others, count] of [
  ['its group, of which it is the last app', '/shop', [], 1],
  ['its group, by a path', '../shop', [], 1],
  ['its group, which has others', '/shop', [{ id: '/shop/db' }], 0],
  ['another group', '/sho', [], 0],
] as const)
  test(`an app depends on ${what}`, () => {
    const front = { id: '/a/front', dependencies: [dependency.replace('..', '../..')] }
    assert.is(references('/shop/web', undefined, [front, ...others], []).length, count)
  })

test('who only looks like it is no reason', async (ctx) => {
  ctx.fake.others = [other('/webshop', { dependencies: ['/web2', '/a/web'] })]
  ctx.fake.running(WEB)
  assert.is(
    (await removes(ctx, {}, fronts({ defaultBackend: 'webshop', critical: ['web-2'] }))).result.outcome,
    'removed',
  )
})

test('another deployment is not disturbed, unless that is allowed', async (ctx) => {
  ctx.fake.running(WEB)
  await marathon({ hosts: [{ name: 'm1', dial: ctx.fake.dial }] })
    .changes(NONE_IS_MISSED)
    .put('/web', { ...WEB, env: { VERSION: 'v2' } })
  const { result } = await removes(ctx)
  assert.is(result.outcome, 'refused')
  assert.match(
    result.reason ?? '',
    /is under way\. .* remove it all the same: provision remove \/web --allow running-deployment$/,
  )
  assert.is((await removes(ctx, { allow: ['running-deployment'] })).result.outcome, 'removed')
  assert.is(ctx.fake.log.requests.at(-1), 'DELETE /v2/apps/web?force=true')
})

test.run()
