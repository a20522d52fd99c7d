import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { strays } from './runner/strays.ts'
import { RUN } from './support/run-name.ts'
import { until } from './support/until.ts'

const test = suite('the test runner')
const root = dirname(import.meta.dirname)
const folder = mkdtempSync(join(tmpdir(), 'run-'))
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
test.after(() => rmSync(folder, { recursive: true }))

const file = (name: string, body: string, run = 'test.run()') =>
  writeFileSync(
    join(folder, `${name}.test.ts`),
    `import { suite } from 'uvu'\nimport * as assert from 'uvu/assert'\nconst test = suite('${name}')\n${body}\n${run}\n`,
  )
const ends = 'await new Promise((done) => setTimeout(done, 1000))'
file('good', "test('1', () => {}); test('2', () => assert.ok(true))")
file('bad', "test('1', () => {}); test('2', () => assert.is(1 as number, 2))")
file('forgot', "test('1', () => assert.unreachable())", '')
file('empty', '')
file('quits', `test('1', async () => { setImmediate(() => process.exit(0)); ${ends} })`)
file(
  'bad-and-quits',
  `test('1', () => assert.is(1 as number, 2)); test('2', async () => { setImmediate(() => process.exit(0)); ${ends} })`,
)
file('hangs', "test('1', () => new Promise(() => setInterval(() => {}, 1000)))")
file('stalls', "test('1', () => new Promise(() => {}))")
file('throws', "throw new Error('oops')")
file('exit', "test('1', () => {}); process.on('exit', () => { process.exitCode = 7 })")
file('partly', "test('1', () => console.log('not run here: the moon is too far'))")
file('cannot', "console.log('not run here: there is no moon'); test.run = () => {}")
file('nothing-to-do', "console.log('not run here: there is no moon')")
file('skips', "test('1', () => {}); test.skip('2', () => {})")
file('only', "test('1', () => {}); test.only('2', () => {})")
file('before', "test.before(() => { throw new Error('no bread') }); test('1', () => {}); test('2', () => {})")
file(
  'after',
  "test.after(() => { throw new Error('no milk') }); test.after(() => console.log('and tidied up')); test('1', () => {})",
)
file(
  'leaves',
  "import { spawn } from 'node:child_process'\ntest('1', () => { spawn('sleep', ['300'], { stdio: 'inherit' }).unref() })",
)

file(
  'leaves-deaf',
  "import { spawn } from 'node:child_process'\ntest('1', () => { spawn('sleep', ['300'], { stdio: 'ignore', detached: true }).unref() })",
)

file(
  'lingers',
  "import { createServer } from 'node:net'\ntest('1', () => new Promise((done) => createServer().listen(0, () => done())))",
)

file(
  'strews',
  "import { spawnSync } from 'node:child_process'\ntest('1', () => { spawnSync('sh', ['-c', 'echo 1 >looks']) })",
)

const run = (names: readonly string[], args: readonly string[] = [], env: Record<string, string> = {}) => {
  const files = names.map((name) => join(folder, `${name}.test.ts`))
  const { CI: _, ...rest } = process.env
  const child = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'test', 'run.ts'), ...args, ...files], {
    cwd: root,
    encoding: 'utf8',
    env: { ...rest, XDG_CACHE_HOME: folder, PROVISION_TEST_LINGER: '3', ...env },
  })
  const lines = child.stdout.trim().split('\n')
  return { status: child.status, out: child.stdout, last: lines.at(-1) }
}

const late = ['--timeout', '2']
const cases: readonly [name: string, last: string, says: RegExp, args?: readonly string[]][] = [
  ['good', '2 passed, 0 failed, 0 skipped', /good\.test\.ts +2 passed {2}\(/],
  [
    'bad',
    '1 passed, 1 failed, 0 skipped',
    /bad\.test\.ts +1 passed, 1 FAILED[\s\S]*Expected values to be strictly equal/,
  ],
  ['forgot', '0 passed, 1 failed, 0 skipped', /is \.run\(\) missing/],
  ['empty', '0 passed, 1 failed, 0 skipped', /ran no test/],
  ['quits', '0 passed, 1 failed, 0 skipped', /ended before its tests did \(exit 1\)/],
  [
    'bad-and-quits',
    '0 passed, 2 failed, 0 skipped',
    /ended before its tests did[\s\S]*"1"[\s\S]*Expected values to be strictly equal/,
  ],
  ['stalls', '0 passed, 1 failed, 0 skipped', /ended before its tests did/],
  ['throws', '0 passed, 1 failed, 0 skipped', /ended before its tests did[\s\S]*oops/],
  ['exit', '1 passed, 1 failed, 0 skipped', /yet it ended with exit 7/],
  ['partly', '1 passed, 0 failed, 1 skipped', /not run here:\n {2}.*partly\.test\.ts: the moon is too far/],
  ['cannot', '0 passed, 0 failed, 1 skipped', /not run here:\n {2}.*cannot\.test\.ts: there is no moon/],
  ['nothing-to-do', '0 passed, 0 failed, 1 skipped', /not run here:\n {2}.*to-do\.test\.ts: there is no moon/],
  [
    'skips',
    '1 passed, 0 failed, 1 skipped',
    /not run here:\n {2}.*skips\.test\.ts: 1 tests that the file itself skips/,
  ],
  ['only', '1 passed, 0 failed, 1 skipped', /only\.test\.ts: 1 tests that the file itself skips/],
  ['before', '0 passed, 2 failed, 0 skipped', /before the tests of "before" failed: Error: no bread/],
  ['after', '1 passed, 1 failed, 0 skipped', /after the tests of "after" failed: Error: no milk[\s\S]*and tidied up/],
  ['leaves', '1 passed, 0 failed, 0 skipped', /1 passed/],
  ['strews', '1 passed, 1 failed, 0 skipped', /1 FAILED, it has left in its working directory: looks/],
  ['lingers', '1 passed, 1 failed, 0 skipped', /still running 3 s after its tests; open: .*TCPServerWrap/],
  ['hangs', '0 passed, 1 failed, 0 skipped', /no result for 2 s/, late],
]
for (const [name, last, says, args] of cases) {
  test(`${name}: ${last}`, () => {
    const result = run([name], args)
    assert.is(result.last, last, result.out)
    assert.match(result.out, says)
    assert.is(result.status, last.includes(' 0 failed') ? 0 : 1)
  })
}

test('what a file has started ends with it, also in a session of its own', async () => {
  const result = run(['leaves-deaf'], [], { MARK: folder })
  assert.is(result.last, '1 passed, 0 failed, 0 skipped')
  await until('all have ended', async () => strays([`MARK=${folder}`]).length === 0)
})

test('what a killed run has left ends when the next one starts', async () => {
  const gone = spawnSync(process.execPath, ['-e', ''])
  const left = spawn('sleep', ['300'], { env: { ...process.env, [RUN]: `${gone.pid}-1` }, stdio: 'ignore' })
  const ended = once(left, 'exit')
  run(['good'])
  assert.equal(await ended, [null, 'SIGKILL'])
})

test('several files are summed up, with how far the run is', () => {
  const result = run(['good', 'bad', 'partly'])
  assert.is(result.last, '4 passed, 1 failed, 1 skipped')
  assert.match(result.out, /^1\/3 ~\d+ s left +\S+\.test\.ts/m)
  assert.match(result.out, /^3\/3 {5,}\S+\.test\.ts/m)
  assert.is(result.status, 1)
})

test('in CI, what was not run is a failure', () => {
  const result = run(['good', 'partly'], [], { CI: 'true' })
  assert.is(result.last, '3 passed, 1 failed, 0 skipped')
  assert.is(result.status, 1)
})

test.run()
