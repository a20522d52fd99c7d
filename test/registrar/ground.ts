import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type Test } from 'uvu'
import type { Config } from '../../src/registrar/config.ts'
import { type Registrar, startRegistrar } from '../../src/registrar/registrar.ts'
import type { Status } from '../../src/registrar/status.ts'
import type { Times } from '../../src/registrar/times.ts'
import { type FakeMarathon, type FakeTask, fakeApp, fakeMarathon } from '../support/scripted-marathon.ts'
import { taskId } from './support.ts'

export const SLAVE = 'S1'
export const HERE = '10.0.0.21'
export const QUICK: Times = {
  reconcile: 60_000,
  debounce: 3,
  pending: 60_000,
  confirm: 20,
  backoff: 30,
  silence: 60_000,
  marathon: { connect: 200, answer: 300 },
  local: { connect: 500, answer: 1000 },
}

export interface FakeConsul {
  readonly url: string
  readonly services: Map<string, { ID: string; Service: string; Port: number; Meta: Record<string, string> }>
  /** `register NAME state`, `deregister NAME` in their order. */
  readonly writes: string[]
  down: boolean
  token: string | undefined
  server: Server
}

export async function fakeConsul(): Promise<FakeConsul> {
  const fake: FakeConsul = {
    url: '',
    services: new Map(),
    writes: [],
    down: false,
    token: undefined,
    server: createServer(),
  }
  fake.server.on('request', (request, response) => {
    const end = (status: number, body: unknown = '') =>
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      if (fake.down) return request.socket.destroy()
      if (fake.token !== undefined && request.headers['x-consul-token'] !== fake.token)
        return end(403, 'Permission denied')
      const [path = ''] = (request.url ?? '').split('?')
      if (path === '/v1/agent/services') return end(200, Object.fromEntries(fake.services))
      if (path === '/v1/agent/service/register' && request.method === 'PUT') {
        const { ID, Name, ...rest } = JSON.parse(text)
        fake.services.set(ID, { ID, Service: Name, ...rest })
        fake.writes.push(`register ${short(ID)} ${rest.Meta.state}`)
        return end(200)
      }
      const id = decodeURIComponent(/^\/v1\/agent\/service\/deregister\/(.+)$/.exec(path)?.[1] ?? '')
      fake.writes.push(`deregister ${short(id)}`)
      return fake.services.delete(id) ? end(200) : end(404, 'Unknown service')
    })
  })
  await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve))
  return Object.assign(fake, { url: `http://127.0.0.1:${(fake.server.address() as AddressInfo).port}` })
}

/** The letter that an instance's id begins with. */
export const short = (id: string): string => /instance-(.)/.exec(id)?.[1] ?? id

export interface Ctx {
  folder: string
  marathon: FakeMarathon
  consul: FakeConsul
  agent: Server & { id: string }
  running: Registrar[]
  fakes: FakeMarathon[]
  events: string[]
}

export function start(context: Ctx, more: Partial<Config> = {}, times: Partial<Times> = {}): void {
  const config: Config = {
    cluster: 'main',
    address: HERE,
    hostnames: [HERE],
    marathon: context.fakes.map(({ url }) => url),
    consul: context.consul.url,
    agent: `http://127.0.0.1:${(context.agent.address() as AddressInfo).port}`,
    status: join(context.folder, 'status.json'),
    ...more,
  }
  context.running.push(startRegistrar(config, (event) => context.events.push(event), { ...QUICK, ...times }))
}

export const status = ({ folder }: Ctx): Status => JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))

export const LABELS = { 'lb.enable': 'true' }
export const task = (instance: string, port: number, more: Partial<FakeTask> = {}): FakeTask => ({
  id: taskId('web', instance),
  slaveId: SLAVE,
  host: HERE,
  ports: [port],
  aliveAt: new Date(Date.now() + 3600_000).toISOString(),
  ...more,
})
export const A = task('aaaaaaaa', 31001)
export const B = task('bbbbbbbb', 31002)
export const web = (...tasks: readonly FakeTask[]) => [fakeApp('/web', LABELS, tasks)]
export const update = (of: FakeTask, taskStatus: string) => ({
  taskId: of.id,
  taskStatus,
  slaveId: of.slaveId,
  host: of.host,
  ports: of.ports,
})
export const names = ({ consul }: Ctx): string => [...consul.services.keys()].map(short).toSorted().join('')
/** Looks that were begun so far. */
export const looks = ({ asked }: FakeMarathon): number =>
  asked.filter(({ line }) => line.startsWith('GET /v2/apps')).length

/** A suite about a registrar: each test has a folder, a Marathon, a Consul and an agent of its own. */
export function registrarSuite(name: string): Test<Ctx> {
  const test = suite<Ctx>(name)
  test.before.each(async (context) => {
    context.folder = mkdtempSync(join(tmpdir(), 'registrar-'))
    context.marathon = await fakeMarathon()
    context.consul = await fakeConsul()
    context.fakes = [context.marathon]
    context.running = []
    context.events = []
    const agent = Object.assign(
      createServer((_request, response) => response.end(JSON.stringify({ id: context.agent.id }))),
      { id: SLAVE },
    )
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve))
    context.agent = agent
  })
  test.after.each(async ({ running, fakes, consul, agent, folder }) => {
    for (const each of running) await each.stop()
    for (const each of fakes) await each.close()
    for (const server of [consul.server, agent]) {
      server.closeAllConnections()
      server.close()
    }
    rmSync(folder, { recursive: true })
  })
  return test
}
