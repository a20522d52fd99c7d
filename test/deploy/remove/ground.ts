// A small Marathon with its own time; Consul and the HAProxies forget the app when a test says so.
import { suite, type Test } from 'uvu'
import { marathon } from '../../../src/clients/marathon.ts'
import type { RemoveOptions } from '../../../src/deploy/deploy.ts'
import type { DeployEvent, DeployResult } from '../../../src/deploy/events.ts'
import type { LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { removing } from '../../../src/deploy/remove/removing.ts'
import { runProcedure } from '../../../src/deploy/run-procedure.ts'
import { FakeMarathon } from '../../support/fake-marathon.ts'
import { liveCluster, slaveName } from '../../support/live-cluster.ts'

export const WEB = {
  id: '/web',
  instances: 4,
  env: { VERSION: 'v1' },
  container: { docker: { image: 'web:v1' }, portMappings: [{ containerPort: 3000, hostPort: 0 }] },
  labels: { 'lb.enable': 'true', 'lb.host': 'www.example.com' },
  healthChecks: [{ protocol: 'MESOS_HTTP' }],
  taskKillGracePeriodSeconds: 40,
}
/** Another app, as Marathon lists it. */
export const other = (id: string, more: object = {}): object => ({
  id,
  instances: 1,
  version: '2026-11-22T10:00:00.000Z',
  labels: { 'lb.enable': 'true', 'lb.host': `${id.slice(1)}.example.com` },
  container: { portMappings: [{ containerPort: 1, hostPort: 0 }] },
  tasks: [],
  ...more,
})

/** What a test has. */
export interface Ctx {
  fake: FakeMarathon
  /** Milliseconds after the end of the tasks until Consul and the HAProxies know. */
  lag: number
  /** The HAProxies that never hear of it. */
  deaf: Set<string>
}
/** A suite whose tests have a Marathon with another app. */
export function removals(title: string): Test<Ctx> {
  const test = suite<Ctx>(title)
  test.before.each(async (ctx) => {
    ctx.fake = new FakeMarathon()
    ctx.fake.others = [other('/shop')]
    ctx.lag = 3000
    ctx.deaf = new Set()
    await ctx.fake.listen()
  })
  test.after.each(({ fake }) => fake.close())
  return test
}

function clusterOf({ fake, lag, deaf }: Ctx, more: Partial<LiveCluster>): LiveCluster {
  let empty = 0
  const isGone = (): boolean => {
    if (fake.instances.length > 0) return false
    empty ||= fake.now
    return fake.now - empty >= lag
  }
  const balancer = (host: string) => ({
    host,
    hostnames: [],
    connect: async () => 'held' as const,
    get: async () => 200,
    stats: async () => [
      { name: 'be_shop', servers: [] },
      ...(isGone() && !deaf.has(host) ? [] : [{ name: 'be_web', servers: [] }]),
    ],
  })
  return liveCluster({
    marathon: marathon({ hosts: [{ name: 'm1', dial: fake.dial }] }),
    balancers: [balancer('slave-1'), balancer('slave-2')],
    registered: async (service) => (service === 'web' && !isGone() ? 4 : 0),
    name: slaveName,
    sleep: async (ms) => fake.tick(ms),
    now: () => fake.now,
    ...more,
  })
}

interface Ran {
  readonly result: DeployResult
  readonly events: readonly DeployEvent[]
}
/** Removes the app /web. */
export async function removes(
  ctx: Ctx,
  { check = false, ...options }: Omit<RemoveOptions, 'transport'> = {},
  more: Partial<LiveCluster> = {},
): Promise<Ran> {
  const procedure: Parameters<typeof runProcedure>[2] = (run, named) => removing(run, '/web', check, named)
  const run = runProcedure(clusterOf(ctx, more), '/web', procedure, options)
  const events: DeployEvent[] = []
  for await (const event of run) events.push(event)
  return { result: await run.result, events }
}
/** The events of a name. */
export const of = <Name extends DeployEvent['event']>(events: readonly DeployEvent[], name: Name) =>
  events.filter((event): event is Extract<DeployEvent, { event: Name }> => event.event === name)

/** What HAProxies have been told of apps. */
export const fronts = (more: object) => ({
  fronts: [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [], ...more }],
})
