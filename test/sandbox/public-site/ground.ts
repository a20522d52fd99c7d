import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster } from '../../../src/index.ts'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { type Offered, withArtifacts } from '../../support/artifacts.ts'
import { withCertificates } from '../../support/certificates.ts'
import { withHosts } from '../../support/hosts.ts'
import { journal } from '../../support/journal.ts'
import { balancers, bridgeOf, healthOf } from '../../support/load-balancer.ts'
import type { Part } from '../../support/parts.ts'
import { clientOf } from '../../support/public-site.ts'
import { type FakeMarathon, fakeApp, fakeMarathon } from '../../support/scripted-marathon.ts'
import { apply, finish, memory, reasons } from '../../support/zookeeper.ts'

export const test = suite('a public site')
export const { box, host: hostOf } = await withHosts(test, new URL('../public-site.test.ts', import.meta.url).href, [
  { name: 'site-1', layer: 'balancer-12' },
])
const artifacts = withArtifacts(test, box, ['consul', 'consul-template'])
export const certificates = withCertificates(test)

export let host: SandboxHost
export let marathon: FakeMarathon
export let client: ReturnType<typeof clientOf>
export let made: { readonly marathon: string; readonly consul: Part & Offered; readonly template: Part & Offered }
export const facts = memory()
test.after(() => marathon?.close())

export const certificate = (name: string, of = name, key = of) => ({
  name,
  certificate: `file:${certificates.path(`${of}.chain`)}`,
  key: `file:${certificates.path(`${key === 'renewed' || key === 'expired' ? 'www' : key}.key`)}`,
})
/**
 * The variables of the site; the certificate of www is this one. A client that is silent for 12 s is cut off, a tunnel
 * only after twice as long: a busy machine stalls any process for some seconds. No app is given up after 2 s, since each
 * has a label that says more.
 */
export const site = (www: string, more: object = {}): object => ({
  tls: { certificates: [certificate('www', www), certificate('api')] },
  redirectToHttps: true,
  hstsSeconds: 3600,
  trustedProxies: [],
  tunnelSeconds: 24,
  clientSeconds: 12,
  serverSeconds: 2,
  gzip: true,
  headerKb: 64,
  accessLog: 'all',
  metricsPort: 9101,
  ipv6: true,
  ...more,
})
export const clusterOf = (haproxy: object): Cluster => balancers([host], made, { haproxy })
export const ok = async (command: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
export const applied = async (haproxy: object): Promise<void> => {
  const result = await finish(apply, clusterOf(haproxy), facts)
  assert.is(result.exitCode, 0, reasons(result))
}
/** What the answering task was asked. */
export const seenBy = ({ body }: { readonly body: string }): { name: string; headers: Record<string, string> } =>
  JSON.parse(body)

export const task = (app: string, n: number, start = 1) => ({
  id: `${app}.instance-aaaaaaa${n}-e661-11f1-87f4-193e2279135e._app.${start}`,
  slaveId: `S-${host.name}`,
  host: host.address,
  ports: [31000 + n],
  aliveAt: new Date(Date.now() + 3_600_000).toISOString(),
})
/** How often each task of web was started: one that was killed never comes back, its successor is another start. */
const starts = new Map([1, 2].map((n) => [n, 1]))
/** What Marathon lists: these tasks of web, and one of api. It tells who has ended. */
export function list(tasks: readonly number[]): void {
  const of = (n: number) => task('web', n, starts.get(n))
  const labels = { 'lb.enable': 'true', 'lb.host': 'www.example.com', 'lb.sticky': 'true', 'lb.timeout': '60' }
  const web = tasks.map(of)
  const api = fakeApp('/api', { 'lb.enable': 'true', 'lb.host': 'api.example.com', 'lb.timeout': '60' }, [
    task('api', 3),
  ])
  marathon.apps = [fakeApp('/web', labels, web), api]
  for (const n of [1, 2].filter((n) => !tasks.includes(n))) {
    const { id, ...rest } = of(n)
    marathon.emit('status_update_event', { taskId: id, taskStatus: 'TASK_KILLED', ...rest })
    starts.set(n, (starts.get(n) ?? 1) + 1)
  }
  marathon.emit('deployment_success', {})
}

/** How often HAProxy was reloaded. */
export const reloads = async (): Promise<number> =>
  Number(await ok(`${journal('-u haproxy -o cat')} | grep -c 'Reloading HAProxy' || :`))

export const haproxyHealth = async (haproxy: object): Promise<string> =>
  (await healthOf(clusterOf(haproxy), host.name)).find((line) => line.includes('haproxy: ')) ?? ''

/** Takes the host, and starts Marathon. */
export async function begin(): Promise<void> {
  host = hostOf('site-1')
  marathon = await fakeMarathon(bridgeOf(host))
  made = {
    marathon: marathon.url,
    consul: await artifacts.part('consul'),
    template: await artifacts.part('consul-template'),
  }
  client = clientOf(host.address, certificates.read('root.crt'))
}
