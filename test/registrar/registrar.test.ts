/** The daemon against an in-process Marathon and Consul: attaching, following, freezing, and what it writes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Config } from '../../src/registrar/config.ts'
import { type Registrar, startRegistrar } from '../../src/registrar/registrar.ts'
import type { Status } from '../../src/registrar/status.ts'
import type { Times } from '../../src/registrar/times.ts'
import { type FakeMarathon, type FakeTask, fakeApp, fakeMarathon } from '../support/scripted-marathon.ts'
import { until } from '../support/until.ts'
import { taskId } from './support.ts'

const SLAVE = 'S1'
const HERE = '10.0.0.21'
const QUICK: Times = {
  reconcile: 60_000,
  debounce: 3,
  pending: 60_000,
  confirm: 20,
  backoff: 30,
  silence: 60_000,
  marathon: { connect: 200, answer: 300 },
  local: { connect: 500, answer: 1000 },
}

interface FakeConsul {
  readonly url: string
  readonly services: Map<string, { ID: string; Service: string; Port: number; Meta: Record<string, string> }>
  /** `register NAME state`, `deregister NAME` in their order. */
  readonly writes: string[]
  down: boolean
  token: string | undefined
  server: Server
}

async function fakeConsul(): Promise<FakeConsul> {
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
const short = (id: string): string => /instance-(.)/.exec(id)?.[1] ?? id

interface Ctx {
  folder: string
  marathon: FakeMarathon
  consul: FakeConsul
  agent: Server & { id: string }
  running: Registrar[]
  fakes: FakeMarathon[]
  events: string[]
}
const test = suite<Ctx>('registrar')

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

function start(context: Ctx, more: Partial<Config> = {}, times: Partial<Times> = {}): void {
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

const status = ({ folder }: Ctx): Status => JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))

const LABELS = { 'lb.enable': 'true' }
const task = (instance: string, port: number, more: Partial<FakeTask> = {}): FakeTask => ({
  id: taskId('web', instance),
  slaveId: SLAVE,
  host: HERE,
  ports: [port],
  aliveAt: new Date(Date.now() + 3600_000).toISOString(),
  ...more,
})
const A = task('aaaaaaaa', 31001)
const B = task('bbbbbbbb', 31002)
const web = (...tasks: readonly FakeTask[]) => [fakeApp('/web', LABELS, tasks)]
const update = (of: FakeTask, taskStatus: string) => ({
  taskId: of.id,
  taskStatus,
  slaveId: of.slaveId,
  host: of.host,
  ports: of.ports,
})
const names = ({ consul }: Ctx): string => [...consul.services.keys()].map(short).toSorted().join('')
/** Looks that were begun so far. */
const looks = ({ asked }: FakeMarathon): number => asked.filter(({ line }) => line.startsWith('GET /v2/apps')).length

/** Waits until a look that was begun from now on is over. */
async function lookAgain(context: Ctx): Promise<void> {
  const { lastSuccess } = status(context)
  const before = looks(context.marathon)
  context.marathon.emit('deployment_success', {})
  await until(
    'another look is over',
    () => looks(context.marathon) > before && status(context).lastSuccess > lastSuccess,
  )
}

test('registers what is ready, and says how it is', async (context) => {
  context.marathon.apps = web(A, task('cccccccc', 31003, { aliveAt: undefined }), {
    ...B,
    slaveId: 'S2',
    host: '10.0.0.22',
  })
  start(context)
  await until('it is attached and has looked', () => status(context).attached && status(context).lastSuccess > 0)
  assert.is(names(context), 'a')
  const { serving, draining, slave, marathon, consul, pid } = status(context)
  assert.equal(
    { serving, draining, slave, marathon, consul, pid },
    { serving: 1, draining: 0, slave: SLAVE, marathon: '', consul: '', pid: process.pid },
  )
  const stream = context.marathon.asked.find(({ line }) => line.startsWith('GET /v2/events'))
  assert.is(stream?.headers.accept, 'text/event-stream')
  assert.match(stream?.line ?? '', /event_type=status_update_event/)
})

test('what is registered already is not written again', async (context) => {
  context.marathon.apps = web(A)
  start(context)
  await until('the first', () => names(context) === 'a')
  await lookAgain(context)
  context.marathon.apps = web(A, B)
  context.marathon.emit('deployment_success', {})
  await until('the second', () => names(context) === 'ab')
  assert.equal(context.consul.writes, ['register a serving', 'register b serving'])
})

test('a task that is being killed is a backup at once, and gone when it has ended, whatever the list says', async (context) => {
  context.marathon.apps = web(A, B)
  start(context)
  await until('both', () => names(context) === 'ab' && context.marathon.streams === 1)
  context.marathon.emit('status_update_event', update(A, 'TASK_KILLING'))
  await until('a backup', () => context.consul.writes.includes('register a draining'))
  // the list still calls it running: nothing makes it serve again
  await lookAgain(context)
  context.marathon.emit('status_update_event', update(A, 'TASK_KILLED'))
  await until('gone', () => names(context) === 'b')
  await lookAgain(context)
  context.marathon.apps = web(B, task('cccccccc', 31003))
  context.marathon.emit('deployment_success', {})
  await until('its successor', () => names(context) === 'bc')
  assert.equal(context.consul.writes.slice(2), ['register a draining', 'deregister a', 'register c serving'])
})

test('the port of a dead task, taken by another app: nobody is sent there', async (context) => {
  context.marathon.apps = web(A, B)
  start(context)
  await until('both', () => names(context) === 'ab' && context.marathon.streams === 1)
  // an app that is not balanced, so that the list does not have it
  context.marathon.emit('status_update_event', { ...update(A, 'TASK_STARTING'), taskId: taskId('other', 'dddddddd') })
  await until('the old one is gone', () => names(context) === 'b')
  // though the list still calls it running
  await lookAgain(context)
  assert.is(names(context), 'b')
})

test('follows a standby to the leader, with the credentials, and asks the leader from then on', async (context) => {
  const [standby, leader] = [context.marathon, await fakeMarathon()]
  context.fakes.push(leader)
  standby.leader = leader
  for (const each of [standby, leader]) each.credentials = 'user:pass'
  leader.apps = web(A)
  const file = join(context.folder, 'credentials')
  writeFileSync(file, 'user:pass\n')
  start(context, { marathon: [standby.url], credentials: file })
  await until('attached to the leader', () => leader.streams === 1 && names(context) === 'a')
  const before = looks(standby)
  leader.apps = web(A, B)
  leader.emit('deployment_success', {})
  await until('the second', () => names(context) === 'ab')
  assert.is(looks(standby), before, 'the leader itself was asked')
})

test('wrong credentials: frozen, and said', async (context) => {
  context.marathon.credentials = 'user:pass'
  start(context)
  await until('it says why', () => /answered 401/.test(status(context).marathon))
  assert.equal([status(context).lastSuccess, status(context).locked], [0, true])
  context.marathon.credentials = undefined
  context.marathon.apps = web(A)
  await until('it goes on', () => names(context) === 'a' && !status(context).locked)
})

test('a leader that goes away: frozen; then the next one is found past dead addresses, and nothing was lost', async (context) => {
  const other = await fakeMarathon()
  context.fakes.push(other)
  context.marathon.apps = web(A, B)
  other.leader = context.marathon
  // nobody listens at the first, and nobody answers at the second
  start(
    context,
    { marathon: ['http://127.0.0.1:1', 'http://192.0.2.1:8080', context.marathon.url, other.url] },
    { pending: 50 },
  )
  await until('both', () => names(context) === 'ab' && context.marathon.streams === 1)
  context.marathon.apps = undefined
  context.marathon.cut()
  await until('frozen', () => status(context).marathon !== '' && !status(context).attached)
  assert.is(names(context), 'ab')
  // the new one knows the tasks, but no health yet
  other.leader = undefined
  other.apps = web({ ...A, aliveAt: undefined }, { ...B, aliveAt: undefined })
  await until('attached to the new leader', () => other.streams === 1 && status(context).marathon === '')
  assert.is(names(context), 'ab')
  // and one of them less is only believed when it has said so for a while
  other.apps = web(A)
  other.emit('deployment_success', {})
  await until('one less', () => names(context) === 'a')
  assert.equal(context.consul.writes, ['register a serving', 'register b serving', 'deregister b'])
})

test('what a new leader does not mention goes only after several looks', async (context) => {
  const other = await fakeMarathon()
  context.fakes.push(other)
  context.marathon.apps = web(A, B)
  other.leader = context.marathon
  start(context, {}, { confirm: 60_000 })
  await until('both', () => names(context) === 'ab' && context.marathon.streams === 1)
  context.marathon.apps = undefined
  other.leader = undefined
  other.apps = web(A)
  context.marathon.cut()
  await until('a look at the new leader', () => context.events.some((event) => event.startsWith('not believed yet')))
  assert.is(names(context), 'ab')
})

test('an empty list is believed the third time', async (context) => {
  context.marathon.apps = web(A, B)
  start(context)
  await until('both', () => names(context) === 'ab')
  const before = looks(context.marathon)
  context.marathon.apps = []
  context.marathon.emit('deployment_success', {})
  await until('none', () => names(context) === '')
  assert.ok(looks(context.marathon) - before >= 3)
  assert.is(context.events.filter((event) => event.startsWith('not believed yet')).length, 2)
})

test('what lies there from before is purged; what is not ours is not touched', async (context) => {
  const old = {
    ID: `provision:main:${taskId('web', '00000000')}:0`,
    Service: 'web',
    Port: 31009,
    Meta: { 'managed-by': 'provision-registrar', cluster: 'main' },
  }
  for (const each of [old, { ...old, ID: 'redis', Meta: {} }, { ...old, ID: old.ID.replace('main', 'other') }])
    context.consul.services.set(each.ID, each)
  context.marathon.apps = web(A)
  start(context)
  await until('ours is', () => names(context).includes('a'))
  assert.equal([...context.consul.services.keys()].map(short).toSorted(), ['0', 'a', 'redis'].toSorted())
  assert.equal(context.consul.writes, ['deregister 0', 'register a serving'])
})

test('a Consul agent that is away, and comes back empty', async (context) => {
  context.consul.down = true
  context.marathon.apps = web(A)
  start(context)
  await until('it says so', () => status(context).consul !== '')
  context.consul.down = false
  await until('registered', () => names(context) === 'a' && status(context).consul === '')
  context.consul.services.clear()
  context.marathon.emit('deployment_success', {})
  await until('registered again', () => names(context) === 'a')
})

test('an event that Consul could not be told of is made up for', async (context) => {
  context.marathon.apps = web(A)
  start(context)
  await until('registered', () => names(context) === 'a' && context.marathon.streams === 1)
  context.consul.down = true
  context.marathon.emit('status_update_event', update(A, 'TASK_KILLING'))
  await until('it was not told', () => context.events.includes('an event could not be followed at once'))
  context.consul.down = false
  await until('a backup', () => context.consul.writes.includes('register a draining'))
  context.consul.down = true
  context.marathon.emit('status_update_event', update(A, 'TASK_FAILED'))
  await until(
    'it was not told again',
    () => context.events.filter((event) => event.startsWith('an event could not')).length === 2,
  )
  context.consul.down = false
  await until('gone, though the list still calls it running', () => names(context) === '')
})

test('when a stream ends, another instance is asked first', async (context) => {
  const standby = await fakeMarathon()
  standby.leader = context.marathon
  context.fakes.push(standby)
  start(context)
  await until('attached', () => context.marathon.streams === 1)
  const attaching = () => standby.asked.filter(({ line }) => line.startsWith('GET /v2/events')).length
  assert.is(attaching(), 0)
  context.marathon.cut()
  await until('attached again, by way of the other one', () => context.marathon.streams === 1 && attaching() === 1)
})

test('with a token', async (context) => {
  const file = join(context.folder, 'token')
  writeFileSync(file, 's3cret\n')
  context.consul.token = 's3cret'
  context.marathon.apps = web(A)
  start(context, { consulToken: file })
  await until('registered', () => names(context) === 'a')
})

test('a stream without a byte is dead; an empty line is enough', async (context) => {
  start(context, {}, { silence: 150 })
  await until('attached', () => context.marathon.streams === 1)
  let beats = 0
  const beat = setInterval(() => {
    context.marathon.beat()
    beats++
  }, 20)
  await until('it has lived for much longer than that', () => beats >= 20)
  assert.not(context.events.includes('events lost'))
  clearInterval(beat)
  await until(
    'dead, and attached again',
    () => context.events.includes('events lost') && context.marathon.streams === 1,
  )
})

test('a Marathon that hangs: frozen', async (context) => {
  context.marathon.apps = web(A)
  start(context)
  await until('registered', () => names(context) === 'a' && context.marathon.streams === 1)
  context.marathon.hangs = true
  context.marathon.emit('deployment_success', {})
  await until('frozen', () => /no answer within/.test(status(context).marathon))
  assert.is(names(context), 'a')
})

test('an agent that cannot be asked: names decide, until it says its id', async (context) => {
  context.agent.id = ''
  context.marathon.apps = web({ ...A, slaveId: 'S7' })
  start(context)
  await until('by its name', () => names(context) === 'a')
  context.agent.id = 'S7'
  context.marathon.apps = web({ ...A, slaveId: 'S7' }, { ...B, slaveId: 'S7' })
  context.marathon.emit('deployment_success', {})
  await until('by its id', () => names(context) === 'ab' && status(context).slave === 'S7')
})

test('looks now and then though nothing happens', async (context) => {
  context.marathon.apps = web(A)
  start(context, {}, { reconcile: 40 })
  await until('five looks', () => looks(context.marathon) >= 5)
})

test('stops at once, also while Marathon hangs; what is registered stays', async (context) => {
  context.marathon.apps = web(A)
  start(context, {}, { marathon: { connect: 60_000, answer: 60_000 } })
  await until('registered', () => names(context) === 'a' && context.marathon.streams === 1)
  context.marathon.hangs = true
  const before = looks(context.marathon)
  context.marathon.emit('deployment_success', {})
  await until('it asks', () => looks(context.marathon) > before)
  const began = performance.now()
  await context.running[0]?.stop()
  assert.ok(performance.now() - began < 30_000)
  assert.is(names(context), 'a')
})

test.run()
