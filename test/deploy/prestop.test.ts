// The pre-stop wrapper, run by real shells: it goes on serving after SIGTERM, then passes it on, once, and ends as the
// server ends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { prestopOf } from '../../src/deploy/app/prestop.ts'

const test = suite('pre-stop')
const folder = mkdtempSync(join(tmpdir(), 'prestop-'))
test.after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'prestop.sh')
const wrapper = readFileSync(new URL('../../templates/prestop.sh', import.meta.url), 'utf8')
writeFileSync(file, wrapper)
chmodSync(file, 0o755)

/** The wrapper in three lines, as docs/deploy.md has it for an image that cannot be changed: the app's `cmd`. */
const prestopCmd = (command: string, seconds: number): string =>
  [`${command} & server=$!`, `trap 'sleep ${seconds}; kill -TERM $server' TERM`, 'wait $server; wait $server'].join(
    '\n',
  )

/** A server that says what it is told, and ends with 7 at SIGTERM. */
const SERVER = [
  '-e',
  "process.on('SIGTERM', () => { console.log('TERM'); process.exit(7) }).on('SIGINT', () => process.exit(9)); setInterval(() => {}, 1000); console.log('up')",
]
/** A server that ends while it is still to be told. */
const GOES = ['-e', "setTimeout(() => process.exit(7), 300); console.log('up')"]
const shells = ['dash', 'bash'].filter((shell) => spawnSync(shell, ['-c', 'true']).status === 0)

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<readonly [number | null, string | null]>
  said(word: string): Promise<void>
  readonly output: () => string
}
function run(command: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    child.emit('said')
  })
  return {
    child,
    ended: once(child, 'close') as Promise<[number | null, string | null]>,
    output: () => output,
    said: async (word) => {
      while (!output.includes(word)) await once(child, 'said')
    },
  }
}

for (const shell of shells) {
  test(`${shell}: the server hears of it after the pause, and its end is the end`, async () => {
    const { child, ended, said, output } = run(shell, [file, process.execPath, ...SERVER], { PRESTOP: '1' })
    await said('up')
    const at = performance.now()
    child.kill('SIGTERM')
    child.kill('SIGTERM') // docker sends one; a second must not begin the pause anew
    await said('TERM')
    assert.ok(performance.now() - at >= 900, `${performance.now() - at} ms`)
    assert.equal([await ended, output().match(/TERM/g)?.length], [[7, null], 1])
  })

  for (const [what, script, status] of [
    ['ends by itself', 'exit 3', 3],
    ['is killed', 'kill -9 $$', 137],
  ] as const) {
    test(`${shell}: a server that ${what}`, async () =>
      assert.equal(await run(shell, [file, 'sh', '-c', script]).ended, [status, null]))
  }

  test(`${shell}: a server that ends during the pause has its own end, not that of the signal`, async () => {
    const { child, ended, said } = run(shell, [file, process.execPath, ...GOES], { PRESTOP: '1' })
    await said('up')
    child.kill('SIGTERM')
    assert.equal(await ended, [7, null])
  })

  test(`${shell}: SIGINT is passed on at once`, async () => {
    const { child, ended, said } = run(shell, [file, process.execPath, ...SERVER], { PRESTOP: '30' })
    await said('up')
    child.kill('SIGINT')
    assert.equal(await ended, [9, null])
  })

  test(`${shell}: the three lines as cmd`, async () => {
    const command = [process.execPath, ...SERVER].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
    const { child, ended, said } = run(shell, ['-c', prestopCmd(command, 1)])
    await said('up')
    const at = performance.now()
    child.kill('SIGTERM')
    await said('TERM')
    assert.ok(performance.now() - at >= 900)
    assert.equal(await ended, [7, null])
  })
}

const seen: readonly (readonly [what: string, app: Record<string, unknown>, seconds: number | undefined])[] = [
  ['nothing', { args: ['puma'] }, undefined],
  ['the wrapper', { args: ['/app/prestop.sh', 'puma'] }, 10],
  ['the wrapper, with its time', { args: ['/app/prestop.sh', 'puma'], env: { PRESTOP: '25' } }, 25],
  ['an image that brings it', { env: { PRESTOP: '15' } }, 15],
  ['three lines', { cmd: prestopCmd('puma', 20) }, 20],
  ['a variable that is a secret', { args: ['prestop.sh'], env: { PRESTOP: { secret: 'x' } } }, 10],
]
test('the time that an app with the wrapper is said to have is what the wrapper waits', () => {
  assert.is(/\$\{PRESTOP:-(\d+)\}/.exec(wrapper)?.[1], String(prestopOf({ args: ['/app/prestop.sh', 'puma'] })))
})

for (const [what, app, seconds] of seen) test(`seen in an app: ${what}`, () => assert.is(prestopOf(app), seconds))

test.run()
