/** However a test file or a whole run ends, its hosts are gone, and nobody else's are. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listSandboxes } from '../../src/sandbox/index.ts'
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

interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly status: number | null; readonly out: string }>
  /** The sandboxes of this run that are there. */
  left(): string[]
}

function start(name: string, ...args: readonly string[]): Started {
  rmSync(up, { force: true })
  const { [RUN]: _, CI: __, ...env } = process.env
  const argv = ['--import', 'tsx', join(root, 'test/run.ts'), ...args, join(folder, `${name}.test.ts`)]
  const child = spawn(process.execPath, argv, {
    env: { ...env, XDG_CACHE_HOME: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
  return {
    child,
    ended: once(child, 'close').then(([status]) => ({ status: status as number | null, out })),
    left: () => listSandboxes().filter((box) => box.startsWith(`test-${child.pid}-`)),
  }
}

const hostsUp = (run: Started): Promise<unknown> =>
  until('its hosts are up', async () => existsSync(up) && run.left().length === 1)
const bystander = async (): Promise<void> => assert.is((await host('bystander').sh('echo here')).stdout, 'here\n')

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} to the run`, async () => {
    const run = start('waits')
    await hostsUp(run)
    run.child.kill(signal)
    const { status, out } = await run.ended
    assert.is(status, 130, out)
    assert.match(out, /hosts of this run are taken down/)
    assert.equal(run.left(), [])
    await bystander()
  })
}

for (const [name, args, says] of [
  ['waits', ['--timeout', '40'], /not done after 40 s/],
  ['quits', [], /ended before its tests did/],
  ['fine', [], /^1 passed, 0 failed/m],
] as const) {
  test(`a file that ${name}`, async () => {
    const run = start(name, ...args)
    const { out } = await run.ended
    assert.ok(existsSync(up), out)
    assert.match(out, says)
    assert.equal(run.left(), [], out)
    await bystander()
  })
}

test('a run that is killed leaves hosts, and the next run takes them down', async () => {
  const killed = start('waits')
  await hostsUp(killed)
  killed.child.kill('SIGKILL')
  await killed.ended.catch(() => undefined)
  assert.is(killed.left().length, 1)
  const next = start('fine')
  assert.match((await next.ended).out, /^1 passed, 0 failed/m)
  assert.equal([...killed.left(), ...next.left()], [])
  await bystander()
})

test.run()
