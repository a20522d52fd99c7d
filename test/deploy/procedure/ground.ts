/** The procedure of a deployment against a small Marathon with its own time. */
import type { Test } from 'uvu'
import { type Marathon, marathon } from '../../../src/clients/marathon.ts'
import type { App } from '../../../src/deploy/app/app.ts'
import { parseAppFile } from '../../../src/deploy/app/app-file.ts'
import type { DeployOptions } from '../../../src/deploy/deploy.ts'
import type { DeployEvent, DeployResult } from '../../../src/deploy/events.ts'
import type { Balancer, LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { deployment } from '../../../src/deploy/rollout/deployment.ts'
import { scaling } from '../../../src/deploy/rollout/scaling.ts'
import { type Backend, type HttpEntrance, serverOf } from '../../../src/deploy/rollout/serving.ts'
import { runProcedure } from '../../../src/deploy/run-procedure.ts'
import type { Wanted } from '../../../src/deploy/target.ts'
import { FakeMarathon } from '../../support/fake-marathon.ts'
import type { Does } from '../../support/fake-tasks-types.ts'
import { liveCluster, slaveName } from '../../support/live-cluster.ts'

/** A version of /web, whose tasks do what is said. */
export const app = (version: string, does: Does = 'good', more: object = {}): App => {
  const file = {
    id: '/web',
    instances: 4,
    container: { type: 'DOCKER', docker: { image: `web:${version}` }, portMappings: [{ containerPort: 3000 }] },
    networks: [{ mode: 'container/bridge' }],
    env: { VERSION: version, DOES: does, PRESTOP: '10' },
    labels: { 'lb.enable': 'true' },
    healthChecks: [{ protocol: 'MESOS_HTTP', path: '/healthz' }],
    taskKillGracePeriodSeconds: 40,
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
    ...more,
  }
  return parseAppFile(JSON.stringify(file), { path: 'app.json' })
}

interface Ran {
  readonly result: DeployResult
  readonly events: readonly DeployEvent[]
}
type Options = Omit<DeployOptions, 'transport'>

/** What each test gets. */
export interface Ctx {
  fake: FakeMarathon
}

/** Gives each test of a suite a Marathon of its own. */
export function onFakes(test: Test<Ctx>): void {
  test.before.each(async (ctx) => {
    ctx.fake = new FakeMarathon()
    await ctx.fake.listen()
  })
  test.after.each(({ fake }) => fake.close())
}

/** It runs, and its tasks have been healthy for long. */
export const started = (fake: FakeMarathon, { definition }: App): void => fake.running(definition as never)

/** The real client, which talks to the fake. */
export const clientOf = (fake: FakeMarathon): Marathon =>
  marathon({ hosts: ['m1', 'm2'].map((name) => ({ name, dial: fake.dial })) })

/** The cluster around it, as a deployment sees it. */
export const clusterOf = (fake: FakeMarathon, more: Partial<LiveCluster> = {}): LiveCluster =>
  liveCluster({
    marathon: clientOf(fake),
    name: slaveName,
    sleep: async (ms) => fake.tick(ms),
    now: () => fake.now,
    ...more,
  })

/** What a run tells, and how it ends. */
export async function all(run: ReturnType<typeof runProcedure>): Promise<Ran> {
  const events: DeployEvent[] = []
  for await (const event of run) events.push(event)
  return { result: await run.result, events }
}

/** Deploys to its end. */
export const deploys = (
  fake: FakeMarathon,
  wanted: Wanted,
  options: Options = {},
  more: Partial<LiveCluster> = {},
): Promise<Ran> =>
  all(
    runProcedure(clusterOf(fake, more), '/web', (run, named, note) => deployment(run, wanted, named, note), {
      deadline: 30,
      ...options,
    }),
  )

/** Scales to its end. */
export const scales = (
  fake: FakeMarathon,
  instances: number,
  options: Options = {},
  more: Partial<LiveCluster> = {},
): Promise<Ran> =>
  all(runProcedure(clusterOf(fake, more), '/web', (run, named) => scaling(run, '/web', instances, named), options))

/** What Marathon was asked to change. */
export const writes = (fake: FakeMarathon): readonly string[] => fake.log.requests

/** A server that its HAProxy sends to. */
export const UP = { status: 'UP', up: true, passes: true }

/** A server that its HAProxy sends nothing to. */
export const DOWN = { status: 'DOWN', up: false, passes: false }

/** HAProxies that know what was so `lag` milliseconds ago. */
export function balancers(
  fake: FakeMarathon,
  lag: number,
  status: (entrance: HttpEntrance) => number = () => 200,
): readonly Balancer[] {
  const past: { readonly at: number; readonly servers: Backend['servers'] }[] = []
  return fake.hosts.map((host, n) => ({
    host: `slave-${n + 1}`,
    hostnames: [host],
    stats: async () => {
      const servers = fake
        .healthy()
        .map((i) => ({ name: serverOf(`web.instance-${i.uuid}._app.${i.start}`, i.of.definition as never), ...UP }))
      past.push({ at: fake.now, servers })
      const seen = past.findLast(({ at }) => at <= fake.now - lag) ?? (past[0] as (typeof past)[number])
      return [{ name: 'be_web', servers: seen.servers }]
    },
    connect: async () => 'held' as const,
    get: async (entrance) => status(entrance),
  }))
}

/** Another app, behind the HAProxies. */
export const other = (id: string, labels: object): object => ({
  id,
  instances: 1,
  version: 'v',
  labels: { 'lb.enable': 'true', ...labels },
  container: { portMappings: [{ containerPort: 80 }] },
  tasks: [],
})

/** The HAProxies as the inventory has them. */
export const fronts = [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [] }]
