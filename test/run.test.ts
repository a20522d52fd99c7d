import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('the test runner')
const root = dirname(import.meta.dirname)
const folder = mkdtempSync(join(tmpdir(), 'run-'))
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
test.after(() => rmSync(folder, { recursive: true }))

const file = (name: string, body: string, run = 'test.run()') =>
  writeFileSync(
    join(folder, `${name}.test.ts`),
    `import { suite } from 'uvu'\nimport * as assert from 'uvu/assert'\nconst test = suite()\n${body}\n${run}\n`,
  )
file('good', "test('1', () => {}); test('2', () => assert.ok(true))")
file('bad', "test('1', () => {}); test('2', () => assert.is(1 as number, 2))")
file('forgot', "test('1', () => assert.unreachable())", '')
file('empty', '')
file('quits', "test('1', async () => { setImmediate(() => process.exit(0)); await new Promise((done) => setTimeout(done, 1000)) })")
file('hangs', "test('1', () => new Promise(() => setInterval(() => {}, 1000)))")
file('stalls', "test('1', () => new Promise(() => {}))")
file('throws', "throw new Error('oops')")
file('exit', "test('1', () => {}); process.on('exit', () => { process.exitCode = 7 })")
file('partly', "test('1', () => console.log('not run here: the moon is too far'))")
file('skips', "test('1', () => {}); test.skip('2', () => {})")
file('leaves', "import { spawn } from 'node:child_process'\ntest('1', () => { spawn('sleep', ['300'], { stdio: 'inherit' }).unref() })")

const run = (names: readonly string[], args: readonly string[] = [], env: Record<string, string> = {}) => {
  const files = names.map((name) => join(folder, `${name}.test.ts`))
  const { CI: _, ...rest } = process.env
  const child = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'test', 'run.ts'), ...args, ...files], {
    cwd: root,
    encoding: 'utf8',
    env: { ...rest, ...env },
  })
  const lines = child.stdout.trim().split('\n')
  return { status: child.status, out: child.stdout, last: lines.at(-1) }
}

const cases: readonly [name: string, last: string, says: RegExp][] = [
  ['good', '2 passed, 0 failed', /good\.test\.ts +2 passed {2}\(/],
  ['bad', '1 passed, 1 failed', /bad\.test\.ts +1 passed, 1 FAILED[\s\S]*Expected values to be strictly equal/],
  ['forgot', '0 passed, 1 failed', /is \.run\(\) missing/],
  ['empty', '0 passed, 1 failed', /ran no test/],
  ['quits', '0 passed, 1 failed', /ended before its tests did \(exit 1\)/],
  ['stalls', '0 passed, 1 failed', /ended before its tests did/],
  ['throws', '0 passed, 1 failed', /ended before its tests did[\s\S]*oops/],
  ['exit', '1 passed, 1 failed', /yet it ended with exit 7/],
  ['partly', '1 passed, 0 failed', /not run here:\n {2}.*partly\.test\.ts: the moon is too far/],
  ['skips', '1 passed, 0 failed', /not run here:\n {2}.*skips\.test\.ts: 1 tests that the file itself skips/],
  ['leaves', '1 passed, 0 failed', /1 passed/],
]
for (const [name, last, says] of cases) {
  test(`${name}: ${last}`, () => {
    const result = run([name])
    assert.is(result.last, last, result.out)
    assert.match(result.out, says)
    assert.is(result.status, last.endsWith(' 0 failed') ? 0 : 1)
  })
}

test('a file that does not end is ended', () => {
  const result = run(['hangs'], ['--timeout', '2'])
  assert.is(result.last, '0 passed, 1 failed')
  assert.match(result.out, /not done after 2 s/)
  assert.is(result.status, 1)
})

test('several files are summed up', () => {
  const result = run(['good', 'bad', 'partly'])
  assert.is(result.last, '4 passed, 1 failed')
  assert.is(result.status, 1)
})

test('in CI, what was not run is a failure', () => {
  const result = run(['good', 'partly'], [], { CI: 'true' })
  assert.is(result.last, '3 passed, 1 failed')
  assert.is(result.status, 1)
})

test.run()
