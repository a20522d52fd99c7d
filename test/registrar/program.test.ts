/** The program as it is shipped: one file, under a Node of its own, against a real Consul agent. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { registrarProgram } from '../../src/index.ts'
import type { Status } from '../../src/registrar/status.ts'
import { type FakeMarathon, fakeApp, fakeMarathon } from '../support/fake-marathon.ts'
import { part } from '../support/parts.ts'
import { until } from '../support/until.ts'
import { taskId } from './support.ts'

const test = suite('the registrar as a program')
const folder = mkdtempSync(join(tmpdir(), 'registrar-program-'))
const program = join(folder, 'registrar.mjs')
writeFileSync(program, registrarProgram())
const children = new Set<ChildProcess>()
let marathon: FakeMarathon

test.before(async () => {
  marathon = await fakeMarathon()
})
test.after(async () => {
  for (const child of children) child.kill('SIGKILL')
  await marathon.close()
  rmSync(folder, { recursive: true, force: true })
})

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

function start(
  command: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<number | null>; out(): string } {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (out += text))
  const ended = new Promise<number | null>((resolve) =>
    child.on('close', (code) => {
      children.delete(child)
      resolve(code)
    }),
  )
  return { child, ended, out: () => out }
}

const lines = (out: string): readonly { readonly event: string; readonly why?: string }[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('needs nothing but Node', () => {
  assert.equal(
    [...registrarProgram().matchAll(/^import .* from "(.*)";$/gm)].map((m) => m[1]).filter((name) => !name?.startsWith('node:')),
    [],
  )
  assert.not.match(registrarProgram(), /\brequire\(/)
})

for (const [what, text, says] of [
  ['no file', undefined, /ENOENT/],
  ['a mistake', '{ "cluster": 1 }', /cluster must be a text/],
] as const) {
  test(`a bad configuration, ${what}: exit 1, and why`, () => {
    const path = join(folder, 'bad.json')
    if (text !== undefined) writeFileSync(path, text)
    const { status, stdout } = spawnSync(process.execPath, [program, path], { encoding: 'utf8' })
    assert.is(status, 1)
    assert.match(lines(stdout)[0]?.why ?? '', says)
  })
}

const HERE = '127.0.0.1'
const statusFile = join(folder, 'status.json')
const status = (): Status => JSON.parse(readFileSync(statusFile, 'utf8'))
function configured(consul: string): string {
  const path = join(folder, 'registrar.json')
  const config = {
    cluster: 'main',
    address: HERE,
    hostnames: [HERE],
    marathon: ['http://127.0.0.1:1', marathon.url],
    consul,
    agent: 'http://127.0.0.1:1',
    status: statusFile,
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

test('SIGTERM ends it, whatever it waits for', async () => {
  const { child, ended, out } = start(process.execPath, [program, configured('http://127.0.0.1:1')])
  await until('it has said that Consul is away', () => status().consul !== '')
  child.kill('SIGTERM')
  assert.is(await ended, 0)
  assert.is(lines(out()).at(-1)?.event, 'stopped')
})

const consul = await part('consul').catch((error: Error) => console.log(`not run here: against a real Consul: ${error.message}`))
if (consul !== undefined) {
  test('a real Consul agent, also after its restart', async () => {
    const [http, server, lan] = await Promise.all([freePort(), freePort(), freePort()])
    const data = join(folder, 'consul')
    mkdirSync(data)
    const url = `http://127.0.0.1:${http}`
    const agent = () =>
      start(consul.path, [
        ...['agent', '-server', '-bootstrap-expect=1', '-node=slave-1', `-data-dir=${data}`, '-bind=127.0.0.1', '-log-level=error'],
        ...[`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${lan}`, '-serf-wan-port=-1', '-dns-port=-1'],
        ...['-grpc-port=-1', '-grpc-tls-port=-1', '-hcl=disable_update_check = true', '-hcl=performance { raft_multiplier = 1 }'],
      ])
    const get = async <T>(path: string) => {
      const answer = await fetch(new URL(path, url))
      return { body: (await answer.json()) as T, index: answer.headers.get('x-consul-index') }
    }
    type Entry = { readonly Service: { readonly ID: string; readonly Port: number; readonly Meta: Record<string, string> } }
    const web = () => get<Entry[]>('/v1/health/service/web?stale')
    const aliveAt = new Date(Date.now() + 3600_000).toISOString()
    const task = (instance: string, port: number, state = 'TASK_RUNNING') => ({
      ...{ id: taskId('web', instance), slaveId: 'S1', host: HERE, ports: [port], aliveAt, state },
    })
    const labels = { 'lb.enable': 'true', 'lb.host': 'www.example.com' }
    const show = (...tasks: Parameters<typeof fakeApp>[2]) => {
      marathon.apps = [fakeApp('/web', labels, tasks)]
      marathon.emit('deployment_success', {})
    }
    const states = async () => (await web()).body.map(({ Service }) => `${Service.Port} ${Service.Meta.state}`).toSorted()
    const is = (what: string, ...wanted: readonly string[]) =>
      until(what, async () => JSON.stringify(await states()) === JSON.stringify(wanted), 60, 50)

    let running = agent()
    const registrar = start(process.execPath, [program, configured(url)])
    await until('attached', () => marathon.streams === 1)
    show(task('aaaaaaaa', 31001), task('bbbbbbbb', 31002))
    await is('both are registered', '31001 serving', '31002 serving')
    assert.equal((await web()).body.find(({ Service }) => Service.Port === 31001)?.Service.Meta, {
      'managed-by': 'provision-registrar',
      cluster: 'main',
      app: '/web',
      task: taskId('web', 'aaaaaaaa'),
      version: '2026-11-22T10:00:00.000Z',
      server: 't_aaaaaaaa_1',
      state: 'serving',
      'lb-host': 'www.example.com',
      'lb-check': '/healthz',
    })
    const { body: checks } = await get<Record<string, { Status: string; Output: string }>>('/v1/agent/checks')
    assert.equal(
      Object.values(checks).map(({ Status }) => Status),
      ['passing', 'passing'],
    )

    running.child.kill('SIGKILL')
    await running.ended
    await until('it says so', () => {
      show(task('aaaaaaaa', 31001), task('bbbbbbbb', 31002, 'TASK_KILLING'))
      return status().consul !== ''
    })
    running = agent()
    await is('the other one drains as soon as the agent is back', '31001 serving', '31002 draining')
    const before = await web()
    const looked = status().lastSuccess
    show(task('aaaaaaaa', 31001), task('bbbbbbbb', 31002, 'TASK_KILLING'))
    await until('another look', () => status().lastSuccess > looked)
    // checks of tasks that nobody made fail after a while, and move the index; what was registered is the same
    assert.equal(
      (await web()).body.map(({ Service }) => Service),
      before.body.map(({ Service }) => Service),
    )
    assert.is(lines(registrar.out()).filter(({ event }) => event === 'registered').length, 3)
    show(task('aaaaaaaa', 31001))
    await is('it is gone', '31001 serving')
    registrar.child.kill('SIGTERM')
    assert.is(await registrar.ended, 0)
    assert.equal(await states(), ['31001 serving'])
    running.child.kill('SIGKILL')
    await running.ended
  })
}

test.run()
