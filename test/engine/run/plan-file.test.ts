import { rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { defineResource } from '../../../src/model/define-resource.ts'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import type { FakeHost } from '../../support/fake-host.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'
import { type Ctx, onTwoHosts, simple } from './ground.ts'

const test = suite<Ctx>('run: what was planned is what is applied')
onTwoHosts(test)

test('apply is held to a plan file: equal is applied, anything else is refused with the difference', async ({
  a,
  run,
}) => {
  const { result } = await run.plan(clusterOf(['a', 'b'], simple('1')))
  const planFile = JSON.parse(JSON.stringify(result.planFile)) // as it is read from disk
  writeFileSync(a.path('y'), 'by hand')
  const held = await run.apply(clusterOf(['a', 'b'], simple('1')), { planFile })
  assert.equal([held.host('a').outcome, held.host('b').outcome], ['refused', 'changed'])
  assert.match(held.host('a').reason ?? '', /Review a new plan\.\n- note y: new\n\+ note y: other text/)
  assert.is(a.read('x'), undefined)
  const changed = clusterOf(['a', 'b'], simple('2'))
  const other = await run.apply(changed, { planFile, hosts: [changed.host('b')] })
  assert.is(other.host('b').outcome, 'refused')
  assert.throws(
    () => run.apply(clusterOf(['b'], simple('2')), { planFile }),
    /^the plan has hosts that are not \(or no longer\) in the inventory, a: make a new plan$/,
  )
})

test('a plan that has none of the selected hosts is a mistake, not a run of nothing', async ({ run }) => {
  const cluster = clusterOf(['a', 'b'], simple('1'))
  const { result } = await run.plan(clusterOf(['a'], simple('1')))
  assert.throws(
    () => run.apply(cluster, { planFile: result.planFile as never, hosts: [cluster.host('b')] }),
    /^the plan has only hosts that are not selected, a: select one of them, or make a new plan$/,
  )
  assert.throws(
    () => run.apply(cluster, { planFile: { ...(result.planFile as object), hosts: {} } as never }),
    /^the plan has no host, as none could be reached: make a new plan$/,
  )
})

test('a plan file covers only its hosts, and content that the text does not show', async ({ a, run }) => {
  const secret = (value: string) => recipe('secret', () => [note('s', { text: new Secret(value) })])
  const { result } = await run.plan(clusterOf(['a'], secret('first-value')))
  const { planFile } = result
  assert.not.match(JSON.stringify(planFile), 'first-value')
  const other = await run.apply(clusterOf(['a', 'b'], secret('other-value')), { planFile: planFile as never })
  assert.equal(
    other.result.hosts.map((h) => [h.host, h.outcome]),
    [['a', 'refused']],
  )
  assert.match(other.host('a').reason ?? '', 'with other content')
  assert.is(a.read('s'), undefined)
})

test('what changes between look and lock is seen under the lock, shown, and applied', async ({ a, run }) => {
  const one = recipe('one', () => [note('x', { text: '1' }), note('y', { text: '1' })])
  await run.plan(clusterOf(['a'], one))
  a.fault = (script) => {
    if (script.includes('run.lock')) writeFileSync(a.path('x'), '1')
    return undefined
  }
  const { host, of } = await run.apply(clusterOf(['a'], one))
  assert.equal([host('a').outcome, host('a').steps], ['changed', 1])
  assert.equal(
    of('plan').map((e) => e.plan.steps.length),
    [2, 1],
  )
})

/** Something that cannot be observed once there is a file `burning`. */
const disk = defineResource<v.GenericSchema<object, object>, object, string>({
  name: 'disk',
  properties: v.object({}),
  observe: () => sh`[ ! -e burning ] || { echo 'disk on fire' >&2; exit 5; }; printf 'd\tnone\n'`,
  parse: () => 'absent',
  diff: () => [{ action: 'create', text: 'new' }],
  apply: () => sh`:`,
})

const wrongUnderTheLock: readonly (readonly [string, (a: FakeHost) => void, string])[] = [
  [
    'a probe that fails',
    (a) => writeFileSync(a.path('burning'), ''),
    'disk: its state cannot be read: disk on fire (exit 5)',
  ],
  [
    'the lock itself that cannot be',
    (a) => {
      rmSync(a.path('run/provision'), { recursive: true, force: true })
      writeFileSync(a.path('run/provision'), '')
    },
    'its run lock cannot be taken: ',
  ],
]
for (const [name, befalls, reason] of wrongUnderTheLock)
  test(`what goes wrong under the lock is told with its complaint: ${name}`, async ({ a, run }) => {
    const cluster = clusterOf(
      ['a'],
      recipe('one', () => [note('x', { text: '1' }), disk('d', {})]),
    )
    await run.plan(cluster)
    a.fault = (script) => void (script.includes('run.lock') && befalls(a)) as undefined
    const { host } = await run.apply(cluster)
    assert.is(host('a').outcome, 'failed')
    assert.match(host('a').reason ?? '', reason)
    assert.match(host('a').reason ?? '', /disk on fire|not a directory|cannot create/i)
    assert.is(a.read('x'), undefined)
  })

test.run()
