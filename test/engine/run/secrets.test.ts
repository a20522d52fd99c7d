// The sh of a plan, and secrets, which are never shown.
import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { reveal, Secret } from '../../../src/shell/secret.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'
import { type Ctx, onTwoHosts } from './ground.ts'

const test = suite<Ctx>('run: what is shown')
onTwoHosts(test)

test('a secret reaches the host and nothing else', async ({ a, run }) => {
  const value = "c4n4ry'\nline-two-of-it"
  const one = recipe('one', () => [
    note('open', { text: 'harmless' }),
    note('s', {
      text: new Secret(value),
      before: sh`echo "about to write:" ${new Secret(value)}; echo ${new Secret(value)} >&2; exit 3`,
    }),
  ])
  writeFileSync(a.path('open'), `password=${value}`) // once it was written here in the open
  const planned = await run.plan(clusterOf(['a'], one), { script: true })
  const applied = await run.apply(clusterOf(['a'], one))
  assert.is(applied.host('a').outcome, 'failed')
  assert.match(JSON.stringify(applied.of('output')), '‹secret›')
  assert.match(planned.host('a').script ?? '', '‹secret›')
  for (const told of [planned, applied])
    assert.not.match(JSON.stringify([told.events, told.result]), /c4n4ry|line-two-of-it/)
})

test('the sh of a plan: what is asked, of hosts in sync as well, and what would run', async ({ run }) => {
  const one = recipe('one', () => [note('n', { text: 'x' }), note('secret', { text: new Secret('c4n4ry') })])
  const planned = (await run.plan(clusterOf(['a'], one), { script: true })).host('a')
  assert.match(planned.probes ?? '', /^# facts\n/)
  assert.match(planned.probes ?? '', /\n# note\n[\s\S]*\bn\b[\s\S]*\bsecret\b/)
  assert.not.match(planned.probes ?? '', 'c4n4ry')
  assert.ok(planned.script)
  await run.apply(clusterOf(['a'], one))
  const { probes, script, outcome } = (await run.plan(clusterOf(['a'], one), { script: true })).host('a')
  assert.equal([outcome, probes, script], ['in-sync', planned.probes, undefined])
  const { probes: unasked } = (await run.plan(clusterOf(['a'], one))).host('a')
  assert.is(unasked, undefined)
})

test('a secret in what a recipe throws is not shown, whatever the recipe did', async ({ run }) => {
  const secret = new Secret('c4n4ry-of-vars')
  const thrower = recipe('thrower', (host) => {
    throw new Error(`cannot use ${reveal((host.vars.thrower as { key: Secret }).key)}`)
  })
  const { events, host } = await run.plan(clusterOf(['a'], thrower, { thrower: { key: secret } }))
  assert.match(host('a').reason ?? '', /^recipe "thrower".*: cannot use ‹secret›$/)
  assert.not.match(JSON.stringify(events), 'c4n4ry')
})

test.run()
