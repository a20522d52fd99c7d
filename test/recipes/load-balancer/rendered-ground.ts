/** What the real consul-template makes of what a real Consul knows, by the template of the recipe consul-template. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { consulTemplate } from '../../../recipes/consul-template.ts'
import { type ConsulAgent, consulAgent } from '../../support/consul-agent.ts'
import { missingPart, part } from '../../support/parts.ts'
import { PATIENCE, until } from '../../support/until.ts'
import { unzipProgram } from '../../support/unzip.ts'
import { text, wanted } from '../support.ts'
import { slaves } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'rendered-'))
let consul: ConsulAgent
let programs: readonly string[] = []

/** Gives a suite a Consul and a consul-template; where they are missing, it does not run. */
export function onConsul(test: Test): void {
  const missing = missingPart('consul') ?? missingPart('consul-template')
  if (missing !== undefined) {
    console.log(`not run here: ${missing}`)
    test.run = () => {}
  }
  test.before(async () => {
    programs = (await Promise.all([part('consul'), part('consul-template')])).map(({ file }) => unzipProgram(file))
    consul = await consulAgent(programs[0] as string, join(folder, 'consul'))
    await until('it leads', async () => (await consul.get<string>('/v1/status/leader')) !== '')
    await until('it knows its node', async () => (await consul.get<object | null>('/v1/catalog/node/slave-1')) !== null)
  })
  test.after(async () => {
    await consul.kill()
    for (const each of [folder, ...programs.map(dirname)]) rmSync(each, { recursive: true })
  })
}

/** Writes a key of Consul's store, or removes it. */
export const store = (key: string, value?: string): Promise<void> =>
  value === undefined ? consul.delete(`/v1/kv/${key}`) : consul.put(`/v1/kv/${key}`, value)

/** A service: its name, what its Meta says beside what all have; `2` as its node is the other slave. */
export interface Service {
  readonly name: string
  readonly server: string
  readonly port?: number
  readonly state?: string
  readonly on?: 'slave-2'
  readonly address?: string
  readonly by?: string
  readonly cluster?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** What an app says of itself. */
export const WEB = { 'lb-check': '/healthz', 'lb-host': 'www.example.com' }
/** One app with tasks on both slaves. */
export const web: readonly Service[] = [
  { name: 'web', server: 't_1', port: 31001, labels: WEB },
  { name: 'web', server: 't_2', port: 31002, labels: WEB, state: 'draining' },
  { name: 'web', server: 't_3', port: 31003, labels: WEB, on: 'slave-2' },
  { name: 'web', server: 't_4', port: 31004, labels: WEB, on: 'slave-2', state: 'draining' },
]

/** A service as Consul's agent is told of it. */
const entry = ({
  name,
  server,
  port = 31000,
  state = 'serving',
  address = '10.0.0.21',
  by = 'provision-registrar',
  cluster = 'main',
  labels = {},
}: Service) => {
  const Meta: Record<string, string> = { 'managed-by': by, cluster, server, state, ...labels }
  return { ID: server, Name: name, Address: address, Port: port, Tags: ['lb'], Meta }
}

/** A service as the catalogue shows it. */
interface Known {
  readonly Service: string
  readonly Address: string
  readonly Port: number
  readonly Meta: Readonly<Record<string, string>>
}

/** Makes these all the services that Consul knows. */
export async function registered(services: readonly Service[]): Promise<void> {
  for (const ID of Object.keys(await consul.get<object>('/v1/agent/services')))
    await consul.put(`/v1/agent/service/deregister/${ID}`)
  await consul.put('/v1/catalog/deregister', { Node: 'slave-2' })
  for (const service of services) {
    const { Name, ...rest } = entry(service)
    if (service.on === undefined) await consul.put('/v1/agent/service/register', { ...rest, Name })
    else
      await consul.put('/v1/catalog/register', {
        Node: service.on,
        Address: '10.0.0.22',
        Service: { ...rest, Address: '10.0.0.22', Service: Name },
      })
  }
  // the agent tells its server a moment later; the same service may be there already, as it was before
  const own = services.filter(({ on }) => on === undefined).map(entry)
  await until(
    'the catalogue has them, as they are',
    async () => {
      const { Services } = await consul.get<{ Services: Record<string, Known> }>('/v1/catalog/node/slave-1')
      const { consul: _, ...known } = Services
      return (
        Object.keys(known).length === own.length &&
        own.every(({ ID, Name, Address, Port, Meta }) => {
          const is = known[ID]
          return is && isDeepStrictEqual([is.Service, is.Address, is.Port, is.Meta], [Name, Address, Port, Meta])
        })
      )
    },
    50,
  ) // prettier-ignore
}

/** Renders for slave-1, whose recipe haproxy has these variables. */
export function rendered(haproxy: object = {}): string {
  const [template, config, out] = ['haproxy.ctmpl', 'config.hcl', 'haproxy.cfg'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(
    template,
    text(wanted(consulTemplate, slaves({ haproxy }), 'slave-1'), 'file /etc/consul-template/haproxy.ctmpl'),
  )
  writeFileSync(
    config,
    `consul { address = "${new URL(consul.url).host}" }\nmax_stale = "0s"\ntemplate { source = "${template}" destination = "${out}" error_on_missing_key = true }\n`,
  )
  // it ignores SIGTERM
  const { status, stderr } = spawnSync(programs[1] as string, [`-config=${config}`, '-once'], {
    encoding: 'utf8',
    timeout: PATIENCE * 1000,
    killSignal: 'SIGKILL',
  })
  assert.is(status, 0, stderr)
  return readFileSync(out, 'utf8')
}

/** The lines of a section, without their indentation. */
export const section = (config: string, head: string): readonly string[] =>
  (config.split(/\n(?=frontend |backend |listen |defaults)/).find((part) => part.startsWith(`${head}\n`)) ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
/** The lines that match. */
export const of = (lines: readonly string[], word: RegExp): readonly string[] => lines.filter((line) => word.test(line))
/** An app's servers. */
export const servers = (config: string, app: string, backend = 'be') =>
  of(section(config, `backend ${backend}_${app}`), /^server/).map((line) => line.replace(/^server /, ''))
export const health = (config: string) =>
  of(section(config, 'frontend fe_lb_health'), /^monitor fail/).map((line) => line.replace(/^monitor fail if /, ''))
/** Who is meant. Each way to an app comes after the same one for as long as none of its servers passes its check. */
export function routes(config: string): readonly string[] {
  const lines = of(section(config, 'frontend fe_http'), /^(use|default)_backend/)
  const [ways, open] = [/^\w+ (?!any_)/, /^\w+ any_/].map((word) => of(lines, word))
  const twin = (line: string): string =>
    line.replace(
      /^(?:use|default)_backend be_(\S+)(?: if)?/,
      'use_backend any_$1 if !{ stopping } { nbsrv(be_$1) lt 1 }',
    )
  const expected = ways?.flatMap((line) => (/ be_/.test(line) ? [twin(line), line] : [line]))
  assert.equal([lines, open?.length], [expected, of(lines, /^\w+ be_/).length])
  return ways ?? []
}

/** How a task elsewhere is a backup: it is asked less often. */
export const ELSEWHERE = 'inter 10s downinter 1s backup'

/** When HAProxy counts as unable to serve an app. */
export const unserved = (app: string) => `!{ stopping } { nbsrv(be_${app}) lt 1 } { nbsrv(any_${app}) lt 1 }`
