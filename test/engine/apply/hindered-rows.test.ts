/** Whether what a step makes beside its place could be renamed again is asked about a row of steps at once. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../../src/engine/apply/apply-script.ts'
import { command, directory, type Resource } from '../../../src/index.ts'
import { join, sh } from '../../../src/shell/script.ts'
import { decided } from '../../support/decided.ts'
import { me, type Place, place } from '../../support/run-local.ts'

const test = suite('rows of steps')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

/** A perl that is counted, and finds that what is made in a directory `grows` must stay there while `locked` is. */
const PERL = `#!/bin/sh
cd "\${0%/*}"
echo >>calls
[ ! -e locked ] || tr '\\0' '\\n' | grep '/grows$' | sed 's/^/a /'
`

function host(at: Place) {
  const bin = `${at.path}/../bin`
  mkdirSync(bin)
  mkdirSync(`${at.path}/grows`)
  writeFileSync(`${bin}/perl`, PERL, { mode: 0o755 })
  writeFileSync(`${bin}/locked`, '')
  const run = (...resources: readonly Resource[]): string => {
    const states = Object.fromEntries(resources.map(({ id }) => [id, 'absent']))
    return at.run(
      join([sh`exec 2>&1; PATH=${bin}:$PATH; run_id=ID; exec 9>/dev/null`, applyScript(decided(resources, states))]),
    )
  }
  return { run, bin, calls: () => readFileSync(`${bin}/calls`, 'utf8').length }
}

test('five directories are asked about by one process', ({ at }) => {
  const { run, calls } = host(at)
  run(...['a', 'a/b', 'a/b/c', 'd', 'e'].map((name) => directory(`${at.path}/${name}`, me)))
  assert.is(calls(), 1)
  assert.ok(existsSync(`${at.path}/a/b/c`) && existsSync(`${at.path}/e`))
})

test('where one must not be made, those before it are, and it alone fails', ({ at }) => {
  const { run, bin } = host(at)
  const said = (): string => run(...['a', 'grows/b', 'c'].map((name) => directory(`${at.path}/${name}`, me)))
  assert.throws(said)
  assert.is(['a', 'grows/b', 'c'].map((name) => existsSync(`${at.path}/${name}`)).join(), 'true,false,false')
  assert.ok(existsSync(`${bin}/locked`))
})

test('behind a command, which may have unlocked it, it is asked anew', ({ at }) => {
  const { run, bin, calls } = host(at)
  const unlock = command('unlock', { run: ['rm', `${bin}/locked`], unless: ['false'] })
  const [before, after] = [
    ['a', 'b'],
    ['grows/c', 'grows/d'],
  ].map((names) => names.map((name) => directory(`${at.path}/${name}`, me))) as [Resource[], Resource[]]
  run(...before, unlock, ...after)
  assert.ok(existsSync(`${at.path}/grows/d`))
  assert.is(calls(), 2)
})

test.run()
