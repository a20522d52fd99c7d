/**
 * What many apps cost: how often the real consul-template asks a real Consul, and renders. A proxy between them counts;
 * no times are compared.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { consulTemplate } from '../../../recipes/consul-template.ts'
import { type ConsulAgent, consulAgent } from '../../support/consul-agent.ts'
import { missingPart, part } from '../../support/parts.ts'
import { until } from '../../support/until.ts'
import { unzipProgram } from '../../support/unzip.ts'
import { text, wanted } from '../support.ts'
import { slaves } from './support.ts'

const APPS = 100
const TASKS = 3

const test = suite('what many apps cost')
const missing = missingPart('consul') ?? missingPart('consul-template')
if (missing !== undefined) {
  console.log(`not run here: ${missing}`)
  test.run = () => {}
}
const folder = mkdtempSync(join(tmpdir(), 'rendered-many-'))
const at = (name: string): string => join(folder, name)
let consul: ConsulAgent
let programs: readonly string[] = []
let proxy: Server
let template: ChildProcess
/** What consul-template has asked, by the path, without what it waits for. */
const asked: string[] = []

function counting(target: string): Server {
  return createServer((from, to) => {
    asked.push(new URL(from.url ?? '/', target).pathname)
    const on = request(new URL(from.url ?? '/', target), { headers: from.headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(to)
    })
    on.on('error', () => to.destroy())
    to.on('close', () => on.destroy())
    on.end()
  })
}

/** A task of an app, as its registrar registers it. */
const service = (app: number, task: number, state = 'serving') => ({
  ID: `${app}-${task}`,
  Service: `app-${app}`,
  Address: '10.0.0.22',
  Port: 31_000 + app * TASKS + task,
  Tags: ['lb'],
  Meta: {
    'managed-by': 'provision-registrar',
    cluster: 'main',
    server: `t_${app}_${task}`,
    state,
    'lb-host': `a${app}.example`,
  },
})
const NODE = 'slave-2'
/** As many of them at once as Consul changes in one piece. */
async function register(services: readonly ReturnType<typeof service>[]): Promise<void> {
  for (let i = 0; i < services.length; i += 50)
    await consul.put(
      '/v1/txn',
      services.slice(i, i + 50).map((each) => ({ Service: { Verb: 'set', Node: NODE, Service: each } })),
    )
}
const rendered = (): string => readFileSync(at('haproxy.cfg'), 'utf8')
const renders = (): number => readFileSync(at('renders'), 'utf8').length

test.before(async () => {
  programs = (await Promise.all([part('consul'), part('consul-template')])).map(({ file }) => unzipProgram(file))
  consul = await consulAgent(programs[0] as string, at('consul'))
  await until('it leads', async () => (await consul.get<string>('/v1/status/leader')) !== '')
  await until('it knows its node', async () => (await consul.get('/v1/catalog/node/slave-1')) !== null)
  await consul.put('/v1/catalog/register', { Node: NODE, Address: '10.0.0.22' })
  await register(Array.from({ length: APPS * TASKS }, (_, i) => service(Math.floor(i / TASKS), i % TASKS)))
  proxy = counting(consul.url).listen(0, '127.0.0.1')
  await until('the proxy listens', async () => proxy.listening, 10)
  const source = text(wanted(consulTemplate, slaves(), 'slave-1'), 'file /etc/consul-template/haproxy.ctmpl')
  const config = text(wanted(consulTemplate, slaves(), 'slave-1'), 'file /etc/consul-template/consul-template.hcl')
    .replace(/address = ".*"/, `address = "127.0.0.1:${(proxy.address() as AddressInfo).port}"`)
    .replace(/source = ".*"/, `source = "${at('haproxy.ctmpl')}"`)
    .replace(/destination = ".*"/, `destination = "${at('haproxy.cfg')}"`)
    .replace(/command = \[.*\]/, `command = ["sh", "-c", "printf x >>${at('renders')}"]`)
  writeFileSync(at('haproxy.ctmpl'), source)
  writeFileSync(at('config.hcl'), config)
  writeFileSync(at('renders'), '')
  template = spawn(programs[1] as string, [`-config=${at('config.hcl')}`], { stdio: 'ignore' })
})
test.after(async () => {
  template?.kill('SIGKILL')
  proxy?.close()
  proxy?.closeAllConnections()
  await consul?.kill()
  for (const each of [folder, ...programs.map(dirname)]) rmSync(each, { recursive: true })
})

test('one question waits for each app, whatever the template says of it, and few for all', async () => {
  await until('all is rendered', async () => renders() > 0 && rendered().includes(`be_app-${APPS - 1}\n`), 100)
  const paths = new Set(asked)
  const ofApps = [...paths].filter((path) => path.startsWith('/v1/health/service/app-'))
  assert.is(ofApps.length, APPS)
  assert.ok(paths.size - APPS <= 4, [...paths].filter((path) => !ofApps.includes(path)).join(' '))
  assert.is(rendered().match(/^ {2}server t_/gm)?.length, 2 * APPS * TASKS)
})

/** How many tasks drain: they are backups among all tasks of their app. */
const draining = (): number => rendered().match(/^ {2}server t_\S+ \S+ backup$/gm)?.length ?? 0

test('a change of one task is a render or two, however many apps there are', async () => {
  const before = renders()
  await register([service(7, 1, 'draining')])
  await until('it is rendered', async () => renders() > before && draining() === 1, 50)
  assert.ok(renders() - before <= 2, `${renders() - before} renders`)
})

test('many changes at once are few renders', async () => {
  const before = renders()
  await register(Array.from({ length: APPS }, (_, app) => service(app, 2, 'draining')))
  await until('all is rendered', async () => renders() > before && draining() === 1 + APPS, 50)
  assert.ok(renders() - before <= APPS / 4, `${renders() - before} renders`)
})

test.run()
