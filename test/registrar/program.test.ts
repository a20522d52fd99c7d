/** The program as it is shipped: one file, under a Node of its own, against a real Consul agent. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { registrarProgram } from '../../src/index.ts'
import type { Status } from '../../src/registrar/status.ts'
import { type ConsulAgent, consulAgent } from '../support/consul-agent.ts'
import { missingPart, part } from '../support/parts.ts'
import { type FakeMarathon, fakeApp, fakeMarathon } from '../support/scripted-marathon.ts'
import { until } from '../support/until.ts'
import { unzipProgram } from '../support/unzip.ts'
import { taskId } from './support.ts'

const test = suite('the registrar as a program')
const folder = mkdtempSync(join(tmpdir(), 'registrar-program-'))
const program = join(folder, 'registrar.mjs')
writeFileSync(program, registrarProgram())
const children = new Set<ChildProcess>()
const agents: ConsulAgent[] = []
const programs: string[] = []
let marathon: FakeMarathon

test.before(async () => {
  marathon = await fakeMarathon()
})
test.after(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const agent of agents) await agent.kill()
  await marathon.close()
  for (const each of [folder, ...programs.map(dirname)]) rmSync(each, { recursive: true, force: true })
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
    [...registrarProgram().matchAll(/^import .* from "(.*)";$/gm)]
      .map((m) => m[1])
      .filter((name) => !name?.startsWith('node:')),
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

interface Entry {
  readonly Service: { readonly ID: string; readonly Port: number; readonly Meta: Record<string, string> }
}

const aliveAt = new Date(Date.now() + 3600_000).toISOString()

/** A task of the app, with a check that has passed. */
const task = (instance: string, port: number, state = 'TASK_RUNNING') => ({
  ...{ id: taskId('web', instance), slaveId: 'S1', host: HERE, ports: [port], aliveAt, state },
})

type Tasks = Parameters<typeof fakeApp>[2]

/** Marathon has these tasks of the app from now on. */
function show(...tasks: Tasks): void {
  marathon.apps = [fakeApp('/web', { 'lb.enable': 'true', 'lb.host': 'www.example.com' }, tasks)]
  marathon.emit('deployment_success', {})
}

/** The same; returns once the registrar has looked, and all that it then had to tell Consul is told. */
async function looks(...tasks: Tasks): Promise<void> {
  const { lastSuccess } = status()
  show(...tasks)
  await until('it has looked', () => status().lastSuccess > lastSuccess)
}

const missing = missingPart('consul')
if (missing !== undefined) console.log(`not run here: against a real Consul: ${missing}`)
else {
  test('a real Consul agent, also after its restart', async () => {
    const consul = unzipProgram((await part('consul')).file)
    programs.push(consul)
    const agent = await consulAgent(consul, join(folder, 'consul'))
    agents.push(agent)
    const web = () => agent.get<Entry[]>('/v1/health/service/web?stale')
    const states = async () => (await web()).map(({ Service }) => `${Service.Port} ${Service.Meta.state}`).toSorted()
    const is = (what: string, ...wanted: readonly string[]) =>
      until(what, async () => JSON.stringify(await states()) === JSON.stringify(wanted), 50)

    const registrar = start(process.execPath, [program, configured(agent.url)])
    await until('attached', () => marathon.streams === 1)
    show(task('aaaaaaaa', 31001), task('bbbbbbbb', 31002))
    const told = () => lines(registrar.out()).filter(({ event }) => event === 'registered').length
    await is('both are registered', '31001 serving', '31002 serving')
    // without a leader, Consul may answer only seconds after it shows a service, which is lost if it is killed meanwhile
    await looks(task('aaaaaaaa', 31001), task('bbbbbbbb', 31002))
    assert.equal((await web()).find(({ Service }) => Service.Port === 31001)?.Service.Meta, {
      'managed-by': 'provision-registrar',
      cluster: 'main',
      app: '/web',
      task: taskId('web', 'aaaaaaaa'),
      version: '2026-11-22T10:00:00.000Z',
      server: 't_aaaaaaaa_1',
      state: 'serving',
      'lb-host': 'www.example.com',
      'lb-check': '/healthz',
      'lb-check-kind': 'http',
    })
    const checks =
      await agent.get<Record<string, { Type: string; Interval: string; Timeout: string }>>('/v1/agent/checks')
    assert.equal(
      Object.values(checks).map(({ Type, Interval, Timeout }) => `${Type} ${Interval} ${Timeout}`),
      ['tcp 5s 2s', 'tcp 5s 2s'],
    )

    await agent.kill()
    await until('it says so', () => {
      show(task('aaaaaaaa', 31001), task('bbbbbbbb', 31002, 'TASK_KILLING'))
      return status().consul !== ''
    })
    agent.start()
    await is('the other one drains as soon as the agent is back', '31001 serving', '31002 draining')
    await looks(task('aaaaaaaa', 31001), task('bbbbbbbb', 31002, 'TASK_KILLING'))
    const [before, count] = [await web(), told()]
    await looks(task('aaaaaaaa', 31001), task('bbbbbbbb', 31002, 'TASK_KILLING'))
    // checks of tasks that nobody made fail after a while, and move the index; what was registered is the same
    assert.equal(
      (await web()).map(({ Service }) => Service),
      before.map(({ Service }) => Service),
    )
    assert.is(told(), count)
    show(task('aaaaaaaa', 31001))
    await is('it is gone', '31001 serving')
    registrar.child.kill('SIGTERM')
    assert.is(await registrar.ended, 0)
    assert.equal(await states(), ['31001 serving'])
  })
}

test.run()
