/**
 * Many balanced apps under load, while one of them is deployed, broken and taken back: of the others, no request is
 * lost, and none is answered by another app. Consul, consul-template, HAProxy and the registrar are real; Marathon is a
 * stand-in, and tasks are small servers. PROVISION_APPS is how many apps there are (10), PROVISION_LOAD the share of the
 * load.
 */
import { loadavg } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Cluster,
  createTransport,
  type DeployResult,
  defineRecipe,
  defineRole,
  deploy,
  makeCluster,
  parseApp,
  remove,
} from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { type Client, inShare, startLoad } from '../support/load.ts'
import { ask, balancers, bridgeOf } from '../support/load-balancer.ts'
import { type DeployingMarathon, deployingMarathon } from '../support/many/marathon.ts'
import { serversOn } from '../support/many/servers.ts'
import { fakeApp } from '../support/scripted-marathon.ts'
import { nothingLost } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { apply, finish, memory, reasons } from '../support/zookeeper.ts'

/** With `/web`. */
const APPS = Number(process.env.PROVISION_APPS ?? 10)
/** Each of the others has a task on each host. */
const OTHERS = Array.from({ length: APPS - 1 }, (_, i) => i)

const test = suite(`${APPS} apps`)
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul', 'consul-template'])
let hosts: readonly SandboxHost[] = []
let marathon: DeployingMarathon | undefined
let cluster: Cluster
let others: Client | undefined
test.after(async () => {
  await others?.stop()
  marathon?.close()
})

const nameOf = (app: number): string => `app-${app}.example.com`
const portOf = (app: number): number => 31_000 + app
/** Where the stand-in for Marathon is found: a port of the first host. */
const forMarathon = defineRole({
  name: 'stand-in-marathon',
  recipes: [defineRecipe({ name: 'marathon', resources: () => [] })],
})

function listed(app: number): object {
  const tasks = hosts.map(({ address }, i) => ({
    id: `app-${app}.instance-${(0xf0000000 + app * hosts.length + i).toString(16)}-e661-11f1-87f4-193e2279135e._app.1`,
    slaveId: `S-${address}`,
    host: address,
    ports: [portOf(app)],
    aliveAt: new Date(Date.now() + 3_600_000).toISOString(),
  }))
  return fakeApp(`/app-${app}`, { 'lb.enable': 'true', 'lb.host': nameOf(app) }, tasks)
}

/** A version of `/web`. */
const webOf = (VERSION: string, env: Readonly<Record<string, string>> = {}, instances = 4): string =>
  JSON.stringify({
    id: '/web',
    cmd: 'serve',
    instances,
    cpus: 0.1,
    mem: 32,
    portDefinitions: [{ port: 0, name: 'http' }],
    env: { VERSION, ...env },
    labels: { 'lb.enable': 'true', 'lb.host': 'web.example.com' },
    healthChecks: [{ protocol: 'MESOS_HTTP', path: '/healthz', gracePeriodSeconds: 20, intervalSeconds: 2 }],
    taskKillGracePeriodSeconds: 20,
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
  })
async function deployed(definition: string): Promise<DeployResult> {
  const app = await parseApp(definition, { path: 'web.json' })
  const run = deploy(cluster, { app }, { transport: createTransport(), deadline: 60, allow: ['prestop', 'one-host'] })
  for await (const _ of run);
  return run.result
}

test('all apps answer at every HAProxy', async () => {
  hosts = await box.up(['slave-1', 'slave-2'].map((name) => ({ name, layer: 'balancer-12' as const })))
  const servers = new Map(await Promise.all(hosts.map(async (host) => [host.address, await serversOn(host)] as const)))
  for (const each of servers.values()) await each.begin(OTHERS.map((app) => ({ port: portOf(app), name: nameOf(app) })))
  const bridge = bridgeOf(hosts[0] as SandboxHost)
  marathon = await deployingMarathon(bridge, servers, OTHERS.map(listed))
  const made = {
    marathon: `http://${bridge}:${marathon.port}`,
    consul: await artifacts.part('consul'),
    template: await artifacts.part('consul-template'),
  }
  const balanced = balancers(hosts, made, { registrar: { marathon: [made.marathon] } }, { retries: 3, keepalive: 30 })
  const result = await finish(apply, balanced, memory())
  assert.is(result.exitCode, 0, reasons(result))
  const [first] = hosts
  await first?.sh(
    `systemd-run -q --socket-property=ListenStream=8080 --unit=marathon /lib/systemd/systemd-socket-proxyd ${bridge}:${marathon.port}`,
  )
  cluster = makeCluster(
    balanced.hosts.map((host, i) => (i === 0 ? { ...host, roles: [...host.roles, forMarathon.name] } : host)),
    new Map([...balanced.roles, [forMarathon.name, forMarathon]]),
  )
  await until(
    'all answer',
    async () => {
      for (const { address } of hosts)
        for (const app of OTHERS) {
          const host = nameOf(app)
          const answer = await ask(address, '/', { host })
          if (answer !== `200 ${host} for ${host}`) throw new Error(`${host}: ${answer}`)
        }
      return true
    },
    1000,
  )
})

test('while one is deployed, broken and taken back, no request of the others is lost', async () => {
  others = startLoad({
    targets: hosts.map(({ address }) => address),
    rate: inShare(60),
    host: (n) => nameOf(OTHERS[n % OTHERS.length] as number),
    // each says whom it was asked for
    responder: (body) => (/^(\S+) for \1\n$/.test(body) ? 'itself' : undefined),
  })
  const web = (): Client =>
    startLoad({
      targets: hosts.map(({ address }) => address),
      rate: inShare(20),
      host: 'web.example.com',
      responder: (body) => /^web (\S+) for/.exec(body)?.[1],
    })
  const began = performance.now()
  const said = (what: string, { outcome, reason = '' }: DeployResult): string => {
    console.error(
      `${Math.round((performance.now() - began) / 1000)} s: ${what}: ${outcome} ${reason.replaceAll('\n', ' / ')}`,
    )
    return outcome
  }
  assert.is(said('the first version', await deployed(webOf('v1'))), 'live')
  const its = web()
  await its.reach(20)
  assert.is(said('another', await deployed(webOf('v2'))), 'live')
  assert.is(said('one that is sick', await deployed(webOf('v3', { DOES: 'sick', STATUS: '500' }))), 'failed')
  assert.is(said('one that HAProxy finds down', await deployed(webOf('v4', { STATUS: '500' }))), 'failed')
  assert.is(said('one that exits', await deployed(webOf('v5', { DOES: 'exits' }))), 'failed')
  assert.is(said('more tasks', await deployed(webOf('v2', {}, 8))), 'live')
  assert.is(said('one that is well', await deployed(webOf('v6', {}, 4))), 'live')
  const all = await its.stop()
  // of its own requests, a broken version answers some before HAProxy has checked it
  console.error(`/web: ${all.sent} sent, ${all.lost} lost ${JSON.stringify(all.kinds)}`)
  const gone = remove(cluster, '/web', { transport: createTransport() })
  for await (const _ of gone);
  assert.is(said('removed', await gone.result), 'removed')
  const sum = await others.stop()
  const reloads = await Promise.all(
    hosts.map((host) => host.sh(`${journal('-u haproxy -o cat')} | grep -c 'Reloading HAProxy'`)),
  )
  console.error(`${APPS} apps, load ${loadavg()[0]?.toFixed(1)}, reloads ${reloads.map(({ stdout }) => stdout.trim())}`)
  nothingLost(sum, 1000)
})

test.run()
