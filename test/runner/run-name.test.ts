import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { belongsTo } from '../support/leftovers.ts'
import { boxName, isOrphan, prefixOf, RUN } from '../support/run-name.ts'

const test = suite('whose hosts are whose')

/** The run name of another process, which has ended. */
const nameOfAnother = (): string => {
  const module = new URL('../support/run-name.ts', import.meta.url).href
  const { [RUN]: _, ...env } = process.env
  const program = `import { runName } from ${JSON.stringify(module)}; console.log(runName())`
  return spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    env,
  }).stdout.trim()
}

test('a name says of which run and of which file', () => {
  const name = boxName('12-345', 'sandbox/docker-images.test.ts')
  assert.is(name, 'test-12-345-docker-images')
  assert.ok(name.startsWith(prefixOf('12-345')))
})

test('a long name leaves room for what is made beside it', () => {
  const name = boxName('1234567-1234567890', `long/${'very-'.repeat(20)}long.test.ts`)
  assert.match(`${name}.crash`, /^[a-z0-9][a-z0-9.-]{0,61}[a-z0-9]$/)
})

for (const [name, is] of [
  ['test-1-2-docker', true],
  ['test-1-2-docker.2', true],
  ['test-1-2-docker-images', false],
  ['test-1-3-docker', false],
] as const) {
  test(`${name} ${is ? 'belongs' : 'does not belong'} to test-1-2-docker`, () =>
    assert.is(belongsTo('test-1-2-docker')(name), is))
}

test('what a process has left that has ended is an orphan; what is of one that runs, or of nobody, is not', () => {
  const ended = nameOfAnother()
  assert.match(ended, /^\d+-\d+$/)
  const here = process.env[RUN]
  assert.ok(isOrphan(boxName(ended, 'sandbox/x.test.ts')))
  if (here !== undefined) assert.not(isOrphan(boxName(here, 'sandbox/x.test.ts')))
  for (const name of ['main', 'demo', 'test-sandbox-x', 'testing-1-2-x']) assert.not(isOrphan(name), name)
})

test('a pid that has come back is another process', () => {
  assert.ok(isOrphan(`test-${process.pid}-1-x`))
})

test.run()
