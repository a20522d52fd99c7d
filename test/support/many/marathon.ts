/**
 * A Marathon that deploys one app, `/web`, whose tasks are servers on hosts, beside others that stay as they are: the
 * small one of the deployments' tests, in real time, with a stream of events.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FakeMarathon } from '../fake-marathon.ts'
import type { Servers } from './servers.ts'

const TICK = 250
/** A real one sends an empty line every 10 s. */
const BEAT = 10_000
/** From SIGTERM to its end, a task serves on: a pre-stop of 10 s. */
const PRESTOP = 10_000
/** The first port of its tasks: none from which anybody connects. */
const FIRST = 31_500

export interface DeployingMarathon {
  readonly fake: FakeMarathon
  readonly port: number
  close(): void
}

/** A task of the small Marathon, as it lists it. */
interface Listed {
  readonly id: string
  readonly host: string
  readonly state: string
  ports: readonly number[]
  slaveId: string
  startedAt: string
  readonly healthCheckResults: { lastSuccess?: string }[]
}

const portOf = (uuid: string): number => FIRST + Number.parseInt(uuid.slice(0, 8), 16)
const uuidOf = (id: string): string => /instance-([0-9a-f-]+)\./.exec(id)?.[1] ?? ''

/** Gives each listed task of `/web` a port of its own, and times after its host's boot. */
function asRun(body: unknown, began: string): void {
  const apps = [Reflect.get(Object(body), 'app'), ...(Reflect.get(Object(body), 'apps') ?? [])]
  for (const app of apps.filter((each) => each?.id === '/web'))
    for (const task of (app.tasks ?? []) as Listed[]) {
      task.ports = [portOf(uuidOf(task.id))]
      task.slaveId = `S-${task.host}`
      task.startedAt = began
      for (const result of task.healthCheckResults) if (result.lastSuccess !== undefined) result.lastSuccess = began
    }
}

/** Tells the streams of events. */
type Emit = (event: string, data: object) => void

/** A server that answers for the small Marathon at an address of the hosts' network, and has its events. */
async function inFront(fake: FakeMarathon, address: string) {
  const streams = new Set<ServerResponse>()
  const began = new Date().toISOString()
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = { 'Content-Type': 'application/json', 'X-Marathon-Leader': `http://${address}:${port()}` }
    if (request.url?.startsWith('/v2/events')) {
      response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream;charset=utf-8' }).flushHeaders()
      streams.add(response)
      response.on('close', () => streams.delete(response))
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = 'GET' } = request
    const said = await fetch(`http://127.0.0.1:${fake.port}${request.url}`, {
      method,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    })
    const text = await said.text()
    if (text === '') return void response.writeHead(said.status, headers).end()
    const body: unknown = JSON.parse(text)
    asRun(body, began)
    response.writeHead(said.status, headers).end(JSON.stringify(body))
  }
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  const port = (): number => (server.address() as AddressInfo).port
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const write = (text: string): void => {
    for (const stream of streams) stream.write(text)
  }
  const beats = setInterval(() => write('\r\n'), BEAT)
  const emit: Emit = (event, data) =>
    write(`event: ${event}\r\ndata: ${JSON.stringify({ ...data, eventType: event })}\r\n\r\n`)
  return {
    port: port(),
    emit,
    close() {
      clearInterval(beats)
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Moves the small Marathon on by a step each time: tasks that it starts and ends are servers that begin and end. */
function stepping(fake: FakeMarathon, servers: ReadonlyMap<string, Servers>, emit: Emit): () => Promise<void> {
  /** The tasks that listen, and what was last said of them. */
  const known = new Map<string, { readonly host: string; readonly port: number; readonly state: string }>()
  return async () => {
    fake.tick(TICK)
    const now = new Map(
      fake.instances
        .filter(({ condition }) => condition === 'Running' || condition === 'Killing')
        .map((each) => [`web.instance-${each.uuid}._app.${each.start}`, each]),
    )
    for (const [taskId, { host, port }] of known) {
      if (now.has(taskId)) continue
      known.delete(taskId)
      await servers.get(host)?.end([{ port }])
      emit('status_update_event', { taskId, taskStatus: 'TASK_KILLED', host, ports: [port], slaveId: `S-${host}` })
    }
    for (const [taskId, { host, uuid, condition, healthy, of }] of now) {
      const [port, state] = [portOf(uuid), `${condition} ${healthy}`]
      const { VERSION = '', STATUS = '200' } = of.definition.env ?? {}
      const before = known.get(taskId)
      if (before?.state === state) continue
      if (before === undefined)
        await servers.get(host)?.begin([{ port, name: `web ${VERSION}`, status: Number(STATUS) }])
      known.set(taskId, { host, port, state })
      const taskStatus = condition === 'Killing' ? 'TASK_KILLING' : 'TASK_RUNNING'
      emit('status_update_event', { taskId, taskStatus, host, ports: [port], slaveId: `S-${host}` })
      if (healthy !== undefined) emit('instance_health_changed_event', { instanceId: taskId, healthy })
    }
  }
}

/** @param servers those of each of its hosts, by address */
export async function deployingMarathon(
  address: string,
  servers: ReadonlyMap<string, Servers>,
  others: readonly object[],
): Promise<DeployingMarathon> {
  const fake = new FakeMarathon()
  Object.assign(fake, { now: Date.now(), killTakes: PRESTOP, hosts: [...servers.keys()], others })
  await fake.listen()
  const front = await inFront(fake, address)
  const step = stepping(fake, servers, front.emit)
  let stopped = false
  async function run(): Promise<void> {
    while (!stopped) {
      const began = Date.now()
      await step()
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, TICK - (Date.now() - began))))
    }
  }
  run().catch((error: unknown) => console.error(error))
  return {
    fake,
    port: front.port,
    close() {
      stopped = true
      fake.close()
      front.close()
    },
  }
}
