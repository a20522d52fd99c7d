import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster, RunResult } from '../../../src/index.ts'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { type Offered, withArtifacts } from '../../support/artifacts.ts'
import { withHosts } from '../../support/hosts.ts'
import { journal } from '../../support/journal.ts'
import { type Client, startLoad } from '../../support/load.ts'
import { answersOf, balancers, bridgeOf, healthOf } from '../../support/load-balancer.ts'
import type { Part } from '../../support/parts.ts'
import { type FakeMarathon, type FakeTask, fakeApp, fakeMarathon } from '../../support/scripted-marathon.ts'
import type { Load } from '../../support/tally.ts'
import { until } from '../../support/until.ts'
import { memory, reasons } from '../../support/zookeeper.ts'

export const test = suite('load balancing on hosts')
export const { box } = await withHosts(test, new URL('../load-balancer.test.ts', import.meta.url).href)
const artifacts = withArtifacts(test, box, ['consul', 'consul-template'])

export let hosts: readonly SandboxHost[]
export let [one, two] = [] as unknown as readonly [SandboxHost, SandboxHost]
let marathon: FakeMarathon
export let made: { readonly marathon: string; readonly consul: Part & Offered; readonly template: Part & Offered }
export let cluster: Cluster
export const facts = memory()
const closing: (() => unknown)[] = []
test.after(async () => {
  for (const close of closing) await close()
})

export const ok = async (host: SandboxHost, command: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
export const all = (result: RunResult, outcome: string): void =>
  assert.ok(
    result.hosts.every((h) => h.outcome === outcome),
    `all ${outcome}? ${reasons(result)}`,
  )
export const clusterOf = (of: readonly SandboxHost[], vars: Readonly<Record<string, object>> = {}): Cluster =>
  balancers(of, made, vars)

export const LABELS = { 'lb.enable': 'true', 'lb.host': 'www.example.com' }
const idOf = (app: string, instance: string): string => `${app}.instance-${instance}-e661-11f1-87f4-193e2279135e._app.1`
export const taskOf = (
  host: SandboxHost,
  app: string,
  instance: string,
  port: number,
  more: Partial<FakeTask> = {},
): FakeTask => ({
  id: idOf(app, instance),
  slaveId: `S-${host.name}`,
  host: host.address,
  ports: [port],
  aliveAt: new Date(Date.now() + 3600_000).toISOString(),
  ...more,
})
/** What Marathon lists from now on; it tells everybody. */
export function list(...apps: readonly (readonly [string, readonly FakeTask[], Record<string, string>?])[]): void {
  marathon.apps = apps.map(([id, tasks, labels = LABELS]) => fakeApp(id, labels, tasks))
  marathon.emit('deployment_success', {})
}
export const emit = (task: FakeTask, taskStatus: string): void =>
  marathon.emit('status_update_event', {
    taskId: task.id,
    taskStatus,
    slaveId: task.slaveId,
    host: task.host,
    ports: task.ports,
  })
/** Waits until a host's HAProxy is answered for by exactly these. */
export const answers = (host: SandboxHost, wanted: string, how?: { host?: string; path?: string }) =>
  until(
    `${host.name} answers ${wanted}`,
    async () => {
      const is = await answersOf(host.address, 20, how)
      if (is !== wanted) throw new Error(is)
      return true
    },
    100,
  ) // prettier-ignore
/** How often a host's HAProxy was reloaded. */
export const reloads = (host: SandboxHost) =>
  ok(host, `${journal('-u haproxy -o cat')} | grep -c 'Reloading HAProxy'`).then(Number)
/** Waits until a host's HAProxy has such a configuration. */
export const rendered = (host: SandboxHost, wanted: RegExp) =>
  until(
    `${host.name} has rendered ${wanted}`,
    async () => wanted.test(await ok(host, 'cat /etc/haproxy/haproxy.cfg')),
    100,
  )
export const verdict = async (
  host: SandboxHost,
): Promise<{ ok: boolean; message: string; since: number; time: number }> =>
  JSON.parse(await ok(host, 'cat /run/haproxy-golive/status'))
export const green = (name: string) =>
  until(
    `${name} is green`,
    async () => {
      const red = (await healthOf(cluster, name)).filter((line) => line.startsWith('RED'))
      if (red.length > 0) throw new Error(red.join('; '))
      return true
    },
    500,
  ) // prettier-ignore
export const consul = (host: SandboxHost, method: string, path: string, body = '') =>
  ok(host, `curl -sf -X ${method} -d '${body}' http://127.0.0.1:8500${path}`)
/** A load on these hosts, as a balancer in front of them makes it. */
export const load = (...targets: readonly SandboxHost[]): Client => loadOf(80, targets)
/** The same, with so many requests a second. */
export function loadOf(rate: number, targets: readonly SandboxHost[]): Client {
  const client = startLoad({
    targets: targets.map((host) => host.address),
    rate,
    responder: (body) => /^web-\w+$/.exec(body.trim())?.[0],
  })
  closing.push(() => client.stop()) // also where the test fails
  return client
}
export const nothingLost = ({ sent, lost, kinds, gaps, changes }: Load, atLeast: number): void => {
  assert.equal(kinds, {}, `${lost} of ${sent} lost: ${JSON.stringify({ gaps, changes })}`)
  assert.ok(sent >= atLeast, `${sent} sent`)
}

export const A1 = () => taskOf(one, 'web', 'aaaaaaa1', 31001)
export const A2 = () => taskOf(one, 'web', 'aaaaaaa2', 31002)
export const B1 = () => taskOf(two, 'web', 'bbbbbbb1', 31001)

/** What consul-template makes of an empty answer. */
export const NO_APP =
  "sed -e '/^backend be_/,/^# provision: end/{/^# provision: end/!d}' -e '/_backend be_/d' -e '/nbsrv/d' /etc/haproxy/haproxy.cfg"

/** Nothing is rendered meanwhile but by hand, however often the machine makes a check of Consul flap. */
export async function byHand(work: () => Promise<void>): Promise<void> {
  // itself only: what it has just begun goes on to its end, and lets go of its lock
  const signal = (name: string) => ok(one, `kill -${name} "$(systemctl show -p MainPID --value consul-template)"`)
  await signal('STOP')
  await ok(one, 'while ps -eo stat=,comm= | grep -v ^Z | grep -q haproxy-golive; do sleep .1; done')
  try {
    await work()
  } finally {
    await signal('CONT')
  }
}

/** From now on, this is the cluster. */
export function from(of: Cluster): void {
  cluster = of
}

/** Boots the slaves, and starts Marathon. */
export async function begin(): Promise<void> {
  hosts = await box.up([{ name: 'slave-1' }, { name: 'slave-2', layer: 'balancer-12' }])
  ;[one, two] = hosts as [SandboxHost, SandboxHost]
  marathon = await fakeMarathon(bridgeOf(one))
  closing.push(() => marathon.close())
  made = {
    marathon: marathon.url,
    consul: await artifacts.part('consul'),
    template: await artifacts.part('consul-template'),
  }
  cluster = clusterOf(hosts)
}
