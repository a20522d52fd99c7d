/**
 * Requests that last for three minutes, to a Rails app behind two HAProxies: a channel of ActionCable, a stream and an
 * upload through each, while HAProxy is reloaded twenty times, its variables are changed and its package is put in anew.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { type Offered, withArtifacts } from '../support/artifacts.ts'
import { withCertificates } from '../support/certificates.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { cable, type Lasted, stream, upload } from '../support/lasting.ts'
import { balancers, bridgeOf, startTask } from '../support/load-balancer.ts'
import type { Part } from '../support/parts.ts'
import { clientOf } from '../support/public-site.ts'
import { type FakeMarathon, type FakeTask, fakeApp, fakeMarathon } from '../support/scripted-marathon.ts'
import { until } from '../support/until.ts'
import { apply, finish, memory, reasons } from '../support/zookeeper.ts'

/** For so long at least, and until all is done that is done meanwhile. */
const SECONDS = 180
const RELOADS = 20
const NAME = 'www.example.com'

const test = suite('requests that last')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul', 'consul-template', 'rails'])
const certificates = withCertificates(test)

let hosts: readonly SandboxHost[]
let marathon: FakeMarathon
let made: { readonly marathon: string; readonly consul: Part & Offered; readonly template: Part & Offered }
const facts = memory()
test.after(() => marathon?.close())

const ok = async (host: SandboxHost, command: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
const clusterOf = (more: object = {}): Cluster =>
  balancers(
    hosts,
    made,
    {
      haproxy: {
        tls: {
          certificates: [
            {
              name: 'www',
              certificate: `file:${certificates.path('www.chain')}`,
              key: `file:${certificates.path('www.key')}`,
            },
          ],
        },
        accessLog: 'errors',
        hardStopSeconds: 3600,
        ...more,
      },
    },
    { connectTimeout: 60, keepalive: 30, retries: 3 },
  )
const applied = async (cluster: Cluster): Promise<void> => {
  const result = await finish(apply, cluster, facts)
  assert.is(result.exitCode, 0, reasons(result))
}
/** One that was killed never comes back: its successor is another start. */
const task = (app: string, host: SandboxHost, port: number, start = 1): FakeTask => ({
  id: `${app}.instance-${host.name === 'site-1' ? 'a' : 'b'}aaa${port - 28_000}-e661-11f1-87f4-193e2279135e._app.${start}`,
  slaveId: `S-${host.name}`,
  host: host.address,
  ports: [port],
  aliveAt: new Date(Date.now() + 3_600_000).toISOString(),
})
const web = () =>
  fakeApp(
    '/web',
    { 'lb.enable': 'true', 'lb.host': NAME },
    hosts.map((host) => task('web', host, 31_001)),
  )
/** Marathon lists the Rails app, and of another app two tasks a host, or one where that of this start was killed. */
function list(start: number, killed = false): void {
  const tasks = hosts.flatMap((host) => [
    task('api', host, 31_011),
    ...(killed ? [] : [task('api', host, 31_012, start)]),
  ])
  marathon.apps = [web(), fakeApp('/api', { 'lb.enable': 'true', 'lb.host': 'api.example.com' }, tasks)]
  for (const host of killed ? hosts : []) {
    const { id, ...of } = task('api', host, 31_012, start)
    marathon.emit('status_update_event', { taskId: id, taskStatus: 'TASK_KILLED', ...of })
  }
  marathon.emit('deployment_success', {})
}

/** Starts the Rails app on a host: Puma in the root of its image. */
async function startRails(host: SandboxHost, image: Offered): Promise<void> {
  const app = readFileSync(new URL('../parts/rails/cable.ru', import.meta.url), 'utf8')
  await ok(
    host,
    `set -e; mkdir -p /srv/image /srv/rails; curl -sf ${image.url} | tar -x -C /srv/image; cd /srv/image
    node -p 'JSON.parse(fs.readFileSync("manifest.json"))[0].Layers.join("\\n")' | while read -r layer; do tar -x -C /srv/rails -f "$layer"; done
    cat >/srv/rails/app/cable.ru
    systemd-run -q --unit=rails -p RootDirectory=/srv/rails -p WorkingDirectory=/app -E PORT=31001 -E RAILS_ENV=production -E RUBYOPT=-W0 puma -C /app/puma.rb /app/cable.ru`,
    app,
  )
}

/** How often the HAProxy of each host was reloaded, at least. */
const reloads = async (): Promise<number> =>
  Math.min(
    ...(
      await Promise.all(
        hosts.map((host) => ok(host, `${journal('-u haproxy -o cat')} | grep -c 'Reloading HAProxy' || :`)),
      )
    ).map(Number),
  )

test('a Rails app behind two HAProxies, and another app', async () => {
  hosts = await box.up([{ name: 'site-1' }, { name: 'site-2' }])
  marathon = await fakeMarathon(bridgeOf(hosts[0] as SandboxHost))
  made = {
    marathon: marathon.url,
    consul: await artifacts.part('consul'),
    template: await artifacts.part('consul-template'),
  }
  const image = await artifacts.part('rails')
  await applied(clusterOf())
  for (const host of hosts) {
    await startRails(host, image)
    for (const port of [31_011, 31_012]) await startTask(host, 'api', port)
  }
  list(1)
  for (const { address } of hosts) {
    const client = clientOf(address, certificates.read('root.crt'))
    await until('the app answers', async () => (await client.tls('/healthz')).status === 200, 200)
  }
})

/** Puts in its package anew, as an upgrade would. */
const REINSTALL =
  'DEBIAN_FRONTEND=noninteractive apt-get -q -y install --reinstall --allow-change-held-packages haproxy'

/** Changes HAProxy in every way: its apps, its variables, its package. */
async function changed(): Promise<void> {
  for (let i = 0; i < RELOADS; i++) {
    const before = await reloads()
    list(1 + Math.ceil(i / 2), i % 2 === 0)
    await until(`reload ${i + 1}`, async () => (await reloads()) > before, 200)
    if (i === 6) await applied(clusterOf({ maxconn: 8000, accessLog: 'all', headerKb: 32, hstsSeconds: 60 }))
    if (i === 13) for (const host of hosts) await ok(host, REINSTALL)
  }
}

test('a channel, a stream and an upload of three minutes: none is cut', async () => {
  const began = performance.now()
  const before = await reloads()
  let done = false
  const goesOn = () => !done || performance.now() - began < SECONDS * 1000
  const going = hosts.flatMap(({ name, address }) => {
    const site = { address, name: NAME, ca: certificates.read('root.crt') }
    return [
      cable(site, name, goesOn).then((lasted) => ({ what: `${name} channel`, ...lasted })),
      stream(site, goesOn).then((lasted) => ({ what: `${name} stream`, ...lasted })),
      upload(site, goesOn).then((lasted) => ({ what: `${name} upload`, ...lasted })),
    ]
  })
  await sleep(2000)
  await changed().finally(() => {
    done = true
  })
  const all: readonly (Lasted & { readonly what: string })[] = await Promise.all(going)
  for (const { what, seconds, pieces, wrong } of all)
    console.log(`${what}: ${seconds} s, ${pieces} pieces, ${wrong ?? 'whole'}`)
  console.log(`reloads of each HAProxy: ${(await reloads()) - before}`)
  assert.equal(
    all.flatMap(({ what, wrong }) => (wrong === undefined ? [] : [`${what}: ${wrong}`])),
    [],
  )
})

test.run()
