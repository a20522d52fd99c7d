/**
 * consul-template is upgraded from a real older version to the one that the other suites use, and taken back, while
 * requests are answered; the run is killed in the middle. PROVISION_OLDER_CONSUL_TEMPLATE names the older one:
 * consul-template_VERSION_linux_ARCH.zip as HashiCorp publishes it.
 */
import { basename, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster, RunResult } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { ok } from '../support/consul.ts'
import { withHosts } from '../support/hosts.ts'
import { ensureLayer } from '../support/layers.ts'
import { startLoad } from '../support/load.ts'
import { answersOf, balancers, bridgeOf, healthOf, startTask } from '../support/load-balancer.ts'
import { sha256Of } from '../support/parts/docker-archive.ts'
import { type FakeMarathon, fakeApp, fakeMarathon } from '../support/scripted-marathon.ts'
import { until } from '../support/until.ts'
import { apply, finish, memory, reasons } from '../support/zookeeper.ts'

const test = suite('consul-template is upgraded')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul', 'consul-template'])
const zip = resolve(process.env.PROVISION_OLDER_CONSUL_TEMPLATE ?? '')
const older = /^consul-template_(\d+\.\d+\.\d+)_/.exec(basename(zip))?.[1] ?? ''
if (older === '') {
  console.log('not run here: set PROVISION_OLDER_CONSUL_TEMPLATE to an older consul-template_VERSION_linux_ARCH.zip')
  test.run = () => {}
}

const facts = memory()
const NAMES = ['slave-1', 'slave-2']
const hosts = (): readonly SandboxHost[] => NAMES.map((name) => box.host(name))
let marathon: FakeMarathon
test.after(() => marathon?.close())

/** The cluster on the version of all other suites. */
const newer = async (): Promise<Cluster> =>
  balancers(hosts(), {
    marathon: marathon.url,
    consul: await artifacts.part('consul'),
    template: await artifacts.part('consul-template'),
  })
/** The cluster on the older version. */
async function before(): Promise<Cluster> {
  const source = { zip: (await artifacts.offer(zip)).url, sha256: await sha256Of(zip), version: older }
  return balancers(
    hosts(),
    {
      marathon: marathon.url,
      consul: await artifacts.part('consul'),
      template: await artifacts.part('consul-template'),
    },
    { 'consul-template': { source } },
  )
}
const every = (result: RunResult, outcome: string): void =>
  assert.ok(
    result.hosts.every((host) => host.outcome === outcome),
    reasons(result),
  )
const VERSION =
  '/proc/$(systemctl show --value -p MainPID consul-template)/exe -version 2>&1 | grep -o "[0-9]*[.][0-9.]*" | head -n 1'
/** Waits until this version renders on each host: consul-template ends, and is started again, while Consul is away. */
const runs = (version: string) =>
  until(`consul-template ${version} runs`, async () => {
    const are = await Promise.all(hosts().map((host) => ok(host, VERSION)))
    if (are.some((is) => is !== version)) throw new Error(are.join(', '))
    return true
  })
const green = (cluster: Cluster) =>
  until(
    'all are green',
    async () => {
      const red = (await Promise.all(NAMES.map((name) => healthOf(cluster, name))))
        .flat()
        .filter((says) => /^RED/.test(says))
      if (red.length > 0) throw new Error(red.join('; '))
      return true
    },
    500,
  )

const LABELS = { 'lb.enable': 'true', 'lb.host': 'www.example.com' }
/** Marathon lists tasks on these ports of each host. */
function list(...ports: readonly number[]): void {
  const tasks = hosts().flatMap((host, i) =>
    ports.map((port) => ({
      id: `web.instance-${i}${port}aa-e661-11f1-87f4-193e2279135e._app.1`,
      slaveId: `S-${host.name}`,
      host: host.address,
      ports: [port],
      aliveAt: new Date(Date.now() + 3600_000).toISOString(),
    })),
  )
  marathon.apps = [fakeApp('/web', LABELS, tasks)]
  marathon.emit('deployment_success', {})
}
/** Waits until each host's HAProxy sends to these of its own tasks. */
async function serves(...ports: readonly number[]): Promise<void> {
  for (const [i, host] of hosts().entries())
    await until(`${host.name} sends to ${ports}`, async () => {
      const is = await answersOf(host.address)
      if (is !== ports.map((port) => `200 web-${i}${port}`).join(', ')) throw new Error(is)
      return true
    })
}

test('two slaves with the older version', async () => {
  await ensureLayer(box, 'balancer-12')
  await box.up(NAMES.map((name) => ({ name, layer: 'balancer-12' })))
  marathon = await fakeMarathon(bridgeOf(box.host('slave-1')))
  every(await finish(apply, await before(), facts), 'changed')
  await Promise.all(
    hosts().flatMap((host, i) => [31001, 31002].map((port) => startTask(host, `web-${i}${port}`, port))),
  )
  list(31001)
  await serves(31001)
  await runs(older)
})

for (const back of [false, true])
  test(`${back ? 'the way back' : 'the upgrade'}, killed in the middle: no request is lost, and changes are rendered`, async () => {
    const cluster = await (back ? before() : newer())
    const wanted = back ? older : (await artifacts.part('consul-template')).version
    const client = startLoad({
      targets: hosts().map(({ address }) => address),
      rate: 40,
      responder: (body) => /^web-\d+$/.exec(body.trim())?.[0],
    })
    test.after(async () => void (await client.stop())) // also where the test fails
    await client.reach(100)
    const stop = new AbortController()
    await finish(apply, cluster, facts, { signal: stop.signal }, (event) => {
      if (event.event === 'step') stop.abort()
    })
    const done = await finish(apply, cluster, facts)
    assert.is(done.exitCode, 0, reasons(done))
    await runs(wanted)
    await green(cluster)
    list(31001, 31002)
    await serves(31001, 31002)
    list(31001)
    await serves(31001)
    await client.reach(client.sent + 100)
    const { sent, lost, kinds } = await client.stop()
    console.error(`to ${wanted}: ${sent} requests, ${lost} lost`)
    assert.equal(kinds, {})
    every(await finish(apply, cluster, facts), 'in-sync')
  })

test.run()
