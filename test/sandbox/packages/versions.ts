import * as assert from 'uvu/assert'
import type { Refusal } from '../../../src/model/resource.ts'
import { pkg } from '../../../src/resources/packages/pkg.ts'
import { transaction } from '../../../src/resources/packages/pkg-transaction.ts'
import { failure } from '../../support/on-host.ts'
import { NAME } from '../../support/releases.ts'
import { inSync, on, REPOSITORY, shell, status, test, texts } from './ground.ts'

test(`${NAME}: package: create, no-op, drift by hand, repair, absent, purge`, async () => {
  await shell(REPOSITORY)
  const wanted = [pkg('toy', { version: '1.2*' }), pkg('other', {})]
  const { plan } = await on().converge(...wanted)
  assert.equal(plan.map(texts), [['create version 1.2*'], ['create any version']])
  assert.is(await status('toy'), 'ii 1.2-1')
  await inSync(...wanted)
  await shell('dpkg --purge other')
  assert.equal((await on().converge(...wanted)).plan.map(texts), [[], ['create any version']])
  await on().converge(pkg('toy', { ensure: 'absent' }))
  assert.is(await status('toy'), 'rc 1.2-1')
  await on().converge(pkg('toy', { ensure: 'absent', purge: true }))
  assert.is(await status('toy'), '')
  await inSync(pkg('toy', { ensure: 'absent', purge: true }), pkg('other', {}))
})

test(`${NAME}: package: neighbours go in one transaction, removals and installations`, async () => {
  const transactions = async () => Number(await shell('grep -c ^Start-Date /var/log/apt/history.log'))
  const before = await transactions()
  await on().converge(pkg('toy', { version: '2.0-1' }), pkg('other', { ensure: 'absent' }), pkg('user-of-toy', {}))
  assert.is((await transactions()) - before, 1)
  assert.equal(await Promise.all(['toy', 'other', 'user-of-toy'].map(status)), ['ii 2.0-1', 'rc 1', 'ii 1'])
})

test(`${NAME}: package: what is installed is not upgraded by the way; a version below it is a downgrade`, async () => {
  await on().converge(pkg('toy', { version: '1.0-1' }))
  assert.is(await status('toy'), 'ii 1.0-1')
  await on().run(transaction([pkg('toy', {})].map((r) => ({ name: r.name, props: r.props as never }))))
  assert.is(await status('toy'), 'ii 1.0-1')
})

test(`${NAME}: package: an installation that was killed half-way is finished, upwards, downwards and in its place`, async () => {
  for (const half of [
    'ok half-installed',
    'reinstreq half-installed',
    'reinstreq unpacked',
    'reinstreq half-configured',
  ]) {
    for (const version of ['2.0-1', '1.2-1', '1.2-1', '1.0-1']) {
      await shell(`sed -i '/^Package: toy$/,/^$/ s/^Status: .*/Status: install ${half}/' /var/lib/dpkg/status`)
      await on().converge(pkg('toy', { version }))
      assert.is(await status('toy'), `ii ${version}`)
    }
  }
})

test(`${NAME}: package: removing what others need is refused, naming them`, async () => {
  const said = await failure(on().converge(pkg('toy', { ensure: 'absent' })))
  assert.match(
    said,
    'package: removing toy would also remove: user-of-toy; say of those, too, that they shall be absent, or keep toy',
  )
  assert.is(await status('toy'), 'ii 1.0-1')
})

test(`${NAME}: package: held, and a version that somebody else holds`, async () => {
  await on().converge(pkg('toy', { held: true }))
  assert.is(await status('toy'), 'hi 1.0-1')
  await on().converge(pkg('toy', { held: true, version: '1.2-1' })) // our own hold does not stand in our way
  assert.is(await status('toy'), 'hi 1.2-1')
  const [verdict] = await on().plan(pkg('toy', { version: '2.0-1' }))
  assert.is((verdict as Refusal).refusal, 'package-held')
  await on().converge(pkg('toy', { version: '2.0-1' })) // as --allow does; the hold stays
  assert.is(await status('toy'), 'hi 2.0-1')
  await on().converge(pkg('toy', { held: false }))
  assert.is(await status('toy'), 'ii 2.0-1')
})

test(`${NAME}: package: recommendations only where they are asked for`, async () => {
  await shell('dpkg --purge other')
  await on().converge(pkg('adviser', {}))
  assert.is(await status('other'), '')
  await shell('dpkg --purge adviser')
  await on().converge(pkg('adviser', { recommends: true }))
  assert.is(await status('other'), 'ii 1')
})

test(`${NAME}: package: one sentence for what no repository has`, async () => {
  assert.match(
    await failure(on().converge(pkg('toy', { version: '3.*' }))),
    'package toy: no repository of this host has version 3.*; they have: 2.0-1 1.2-1 1.0-1',
  )
  assert.match(
    await failure(on().converge(pkg('nonesuch', {}))),
    'package nonesuch: no repository of this host has it;',
  )
  assert.match(
    await failure(on().converge(pkg('tool', {}))),
    'package tool: this is only a name that other packages provide; write one of: tool-a tool-b',
  )
})
