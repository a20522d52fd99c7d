// Definitions as people and documents write them, each as a whole file, and what deploy makes of it before anything is
// sent.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAppFile } from '../../../src/deploy/app/app-file.ts'
import { findings } from '../../../src/deploy/check/findings.ts'
import type { Surroundings } from '../../../src/deploy/check/rule.ts'

/** An object of a file. */
type Json = Record<string, unknown>
export const UP = {
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
  taskKillGracePeriodSeconds: 40,
}
export const MAPPING = { containerPort: 3000, hostPort: 0, name: 'http' }
export const docker = (image = 'registry.example.com/web:1.2', ...portMappings: Json[]): Json => ({
  type: 'DOCKER',
  docker: { image },
  portMappings: portMappings.length > 0 ? portMappings : [MAPPING],
})
export const BRIDGE = [{ mode: 'container/bridge' }]
export const CHECK = { protocol: 'MESOS_HTTP', path: '/healthz' }
/** The file at the top of docs/deploy.md, and what differs. */
export const rails = (change: Json = {}): Json => ({
  id: '/rails-app',
  instances: 2,
  args: ['/app/prestop.sh', 'puma'],
  container: docker(),
  networks: BRIDGE,
  env: { PRESTOP: '10' },
  labels: { 'lb.enable': 'true' },
  healthChecks: [CHECK],
  ...UP,
  ...change,
})
/** Its labels, behind the HAProxies. */
export const labels = (more: Record<string, string>): Json => ({ labels: { 'lb.enable': 'true', ...more } })
export const check = (...healthChecks: Json[]): Json => ({ healthChecks })
export const ports = (...portMappings: Json[]): Json => ({ container: docker(undefined, ...portMappings) })
export const ADMIN = { containerPort: 3001, hostPort: 0, name: 'admin' }
/** An app that nobody sends requests to. */
export const worker = (change: Json = {}): Json => ({ id: '/worker', cmd: 'exec sidekiq', ...UP, ...change })

/** Another app, which runs already. */
export const other = (id: string, more: Record<string, string> = {}): Json => ({
  id,
  labels: { 'lb.enable': 'true', ...more },
  container: docker(),
})
export const beside = (...apps: Json[]): Partial<Surroundings> => ({ apps })
export const named = (defaultBackend: string, ...apps: Json[]): Partial<Surroundings> => ({
  apps,
  fronts: [{ host: 'slave-1', defaultBackend, critical: [], tcpPorts: [] }],
})
export const HOST = 'labels["lb.host"]'
export const agent = (cpus: number, mem: number): Partial<Surroundings> => ({
  agents: ['10.0.0.21', '10.0.0.22'].map((host) => ({
    host,
    attributes: { rack: 'r1' },
    whole: { cpus, mem, disk: 9000 },
    ports: [[31000, 32000]],
    free: { cpus, mem, disk: 9000 },
  })),
})

/**
 * A definition, and what is found: '' where it would be sent without a word, else what is wrong with it, or how the
 * sentence begins where the file is none of ours.
 */
export type Row = readonly [what: string, file: unknown, found: string, around?: Partial<Surroundings>]

/** Tests that of each of these definitions, and that there are so many at least. */
export function definitions(title: string, least: number, rows: readonly Row[]) {
  const test = suite(`definitions: ${title}`)
  test('none got lost', () => assert.ok(rows.length >= least, `${rows.length}`))
  for (const [what, file, found, around = {}] of rows) {
    test(what, () => {
      const surroundings = {
        slaves: 10,
        fronts: [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [] }],
        ...around,
      }
      let seen: string
      try {
        const { definition } = parseAppFile(JSON.stringify(file), { path: 'app.json' })
        seen = findings(definition, surroundings)
          .map(({ level, name, path }) => `${level} ${name} ${path}`)
          .join(', ')
      } catch (error) {
        seen = (error as Error).message
      }
      if (found.startsWith('app.json')) assert.is(seen.slice(0, found.length), found)
      else assert.is(seen, found)
    })
  }
  return test
}
