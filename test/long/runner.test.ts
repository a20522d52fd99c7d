/** However a test file or a whole run ends, its hosts are gone, and nobody else's are. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listSandboxes } from '../../src/sandbox/index.ts'
import { strays } from '../runner/strays.ts'
import { withHosts } from '../support/hosts.ts'
import { RUN } from '../support/run-name.ts'
import { until } from '../support/until.ts'

const test = suite('the test runner takes hosts down')
const { host } = await withHosts(test, import.meta.url, [{ name: 'bystander', light: true }])

const root = dirname(dirname(import.meta.dirname))
const folder = mkdtempSync(join(tmpdir(), 'run-hosts-'))
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
test.after(() => rmSync(folder, { recursive: true }))

const up = join(folder, 'up')
const file = (name: string, body: string): void =>
  writeFileSync(
    join(folder, `${name}.test.ts`),
    `import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import { withHosts } from '${join(root, 'test/support/hosts.ts')}'
const test = suite('${name}')
const { box } = await withHosts(test, import.meta.url, [{ name: 'guest', light: true }])
test('1', async () => {
  writeFileSync('${up}', box.name)
  ${body}
})
test.run()
`,
  )
file('waits', 'await new Promise((done) => setTimeout(done, 600_000))')
file('quits', 'process.exit(1)')
file('fine', '')
file('fails', 'throw new Error("oops")')
file('cuts', 'process.kill(process.pid, "SIGKILL"); await new Promise((done) => setTimeout(done, 600_000))')
const later = join(folder, 'later')
file('later', `writeFileSync('${later}', '')`)

interface Started {
  readonly child: ChildProcessByStdio<null, Readable, null>
  readonly ended: Promise<{ readonly status: number | null; readonly out: string }>
  /** The sandboxes of this run that are there, and the processes of its files. */
  left(): string[]
}

let runs = 0
function start(names: readonly string[], ...args: readonly string[]): Started {
  rmSync(up, { force: true })
  const { [RUN]: _, CI: __, ...env } = process.env
  const files = names.map((name) => join(folder, `${name}.test.ts`))
  const argv = ['--import', 'tsx', join(root, 'test/run.ts'), ...args, ...files]
  const child = spawn(process.execPath, argv, {
    env: { ...env, XDG_CACHE_HOME: folder, MARK: `${++runs}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const mark = `MARK=${runs}`
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
  return {
    child,
    ended: once(child, 'close').then(([status]) => ({ status: status as number | null, out })),
    left: () => [
      ...listSandboxes().filter((box) => box.startsWith(`test-${child.pid}-`)),
      ...strays([mark]).map((pid) => `process ${pid}`),
    ],
  }
}

const hostsUp = (): Promise<void> => until('its hosts are up', async () => existsSync(up))
/** Nothing of these runs is left; esbuild, which serves the runner, may take a moment to notice its end. */
const gone = (...all: readonly Started[]): Promise<void> =>
  until('nothing is left', async () => {
    const left = all.flatMap((run) => run.left())
    if (left.length > 0) throw new Error(left.join(', '))
    return true
  })
const bystander = async (): Promise<void> => assert.is((await host('bystander').sh('echo here')).stdout, 'here\n')

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} to the run alone, and again while it takes hosts down`, async () => {
    const run = start(['waits', 'later'], '--jobs', '1')
    await hostsUp()
    run.child.kill(signal)
    await once(run.child.stdout, 'data')
    run.child.kill(signal)
    const { status, out } = await run.ended
    assert.is(status, 130, out)
    assert.match(out, /hosts of this run are taken down/)
    await gone(run)
    assert.not.ok(existsSync(later))
    await bystander()
  })
}

test('its terminal closes', async () => {
  const run = start(['waits', 'later'], '--jobs', '1')
  await hostsUp()
  run.child.stdout.destroy()
  run.child.kill('SIGHUP')
  await once(run.child, 'exit')
  await gone(run)
  assert.not.ok(existsSync(later))
})

for (const [name, args, says] of [
  ['waits', ['--timeout', '40'], /no result for 40 s/],
  ['quits', [], /ended before its tests did/],
  ['cuts', [], /ended before its tests did/],
  ['fine', [], /^1 passed, 0 failed/m],
] as const) {
  test(`a file that ${name}`, async () => {
    const run = start([name], ...args)
    const { out } = await run.ended
    assert.ok(existsSync(up), out)
    assert.match(out, says)
    await gone(run)
    await bystander()
  })
}

test('a file that fails keeps the journals of its hosts, if it is told where', async () => {
  const journals = join(folder, 'journals')
  process.env.PROVISION_TEST_JOURNALS = journals
  const run = start(['fails'])
  delete process.env.PROVISION_TEST_JOURNALS
  assert.match((await run.ended).out, /oops/)
  assert.ok(readdirSync(journals).some((name) => name.endsWith('fails.test.ts-guest.log')))
  await gone(run)
})

test('a run that is killed leaves hosts, and the next run takes them down', async () => {
  const killed = start(['waits'])
  await hostsUp()
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  await until('its files have ended', async () => killed.left().length === 1)
  const next = start(['fine'])
  assert.match((await next.ended).out, /^1 passed, 0 failed/m)
  await gone(killed, next)
  await bystander()
})

test.run()
