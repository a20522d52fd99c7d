/**
 * Tasks that are slow because their hosts have no CPU to spare: slow is not dead, and nobody fails closed. Consul,
 * registrar, consul-template and HAProxy on two hosts, whose tasks and CPUs obey.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { fastest } from '../support/cost.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { type Client, startLoad } from '../support/load.ts'
import { answersOf, ask, balancers, bridgeOf, endTask, healthOf } from '../support/load-balancer.ts'
import { type FakeMarathon, type FakeTask, fakeApp, fakeMarathon } from '../support/scripted-marathon.ts'
import type { Load } from '../support/tally.ts'
import { until } from '../support/until.ts'
import { apply, finish, memory, reasons } from '../support/zookeeper.ts'

const test = suite('load balancing without CPU')
// cgroup v1's controllers, where the machine has them: else the CPUs of a host could not be taken away
const { box } = await withHosts(test, import.meta.url, [
  { name: 'slave-1', layer: 'balancer-12', unified: false },
  { name: 'slave-2', layer: 'balancer-12', unified: false },
])
const artifacts = withArtifacts(test, box, ['consul', 'consul-template'])

let [one, two] = [] as unknown as readonly [SandboxHost, SandboxHost]
let marathon: FakeMarathon
let cluster: Cluster
const clients: Client[] = []
test.after(async () => {
  for (const client of clients) await client.stop()
  await marathon?.close()
})

/** A server that says its name; /srv/slow has the milliseconds after which it answers its check, and all else. */
const TASK = `
import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
const [, , port, name] = process.argv
createServer((request, response) => {
  const [check, rest] = readFileSync('/srv/slow', 'utf8').split(' ').map(Number)
  for (let i = 0; i < 2000; i++) createHash('md5').update('what an answer costs').digest()
  setTimeout(() => response.end(name + '\\n'), request.url === '/up' ? check : rest)
}).listen(port)
`
const ok = async (host: SandboxHost, command: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
const slow = (host: SandboxHost, check: number, rest: number) => ok(host, `echo ${check} ${rest} >/srv/slow`)
const start = (host: SandboxHost, name: string, port: number) =>
  ok(host, `cat >/srv/task.mjs; systemd-run -q --collect --unit=task-${port} node /srv/task.mjs ${port} ${name}`, TASK)
const taskOf = (host: SandboxHost, instance: string, port: number): FakeTask => ({
  id: `web.instance-${instance}-e661-11f1-87f4-193e2279135e._app.1`,
  slaveId: `S-${host.name}`,
  host: host.address,
  ports: [port],
  aliveAt: new Date(Date.now() + 3600_000).toISOString(),
})
const answers = (host: SandboxHost, wanted: string) =>
  until(
    `${host.name} answers ${wanted}`,
    async () => {
      const is = await answersOf(host.address)
      if (is !== wanted) throw new Error(is)
      return true
    },
    200,
  ) // prettier-ignore
const says = (host: SandboxHost, wanted: string | RegExp) =>
  until(
    `${host.name} says ${wanted}`,
    async () => {
      const [, haproxy = ''] = await healthOf(cluster, host.name)
      if (typeof wanted === 'string' ? haproxy !== wanted : !wanted.test(haproxy)) throw new Error(haproxy)
      return true
    },
    500,
  ) // prettier-ignore
function load(rate: number): Client {
  const client = startLoad({
    targets: [one.address, two.address],
    rate,
    // as much as a busy machine may stall a process: who is turned away is told at once
    healthTimeout: 15_000,
    responder: (body) => /^web-\w+$/.exec(body.trim())?.[0],
  })
  clients.push(client)
  return client
}
/** Nobody was turned away. A few may have waited too long: this machine has no CPU to spare either. */
function nobodyRefused({ sent, lost, kinds }: Load): void {
  const refused = Object.keys(kinds).filter((kind) => !kind.startsWith('hung'))
  assert.equal([refused, lost <= sent / 20], [[], true], `${lost} of ${sent}: ${JSON.stringify(kinds)}`)
}
/** How often HAProxy has taken a server of the app's out since then. */
const downs = (host: SandboxHost, since: string) =>
  ok(host, `${journal(`-u haproxy -o cat --since ${since}`)} | grep -c 'Server be_web.* is DOWN' || :`).then(Number)
const now = (host: SandboxHost) => ok(host, "date '+@%s'")
const ALL = '200 web-a1, 200 web-a2, 200 web-b1'

test('three tasks on two slaves', async () => {
  ;[one, two] = [box.host('slave-1'), box.host('slave-2')]
  marathon = await fakeMarathon(bridgeOf(one))
  const made = {
    marathon: marathon.url,
    consul: await artifacts.part('consul'),
    template: await artifacts.part('consul-template'),
  }
  cluster = balancers([one, two], made)
  const result = await finish(apply, cluster, memory())
  assert.ok(
    result.hosts.every(({ outcome }) => outcome === 'changed'),
    reasons(result),
  ) // prettier-ignore
  for (const host of [one, two]) await slow(host, 0, 0)
  await Promise.all([start(one, 'web-a1', 31001), start(one, 'web-a2', 31002), start(two, 'web-b1', 31001)])
  const tasks = [taskOf(one, 'aaaaaaa1', 31001), taskOf(one, 'aaaaaaa2', 31002), taskOf(two, 'bbbbbbb1', 31001)]
  marathon.apps = [fakeApp('/web', { 'lb.enable': 'true', 'lb.host': 'www.example.com', 'lb.check': '/up' }, tasks)]
  marathon.emit('deployment_success', {})
  await answers(one, '200 web-a1, 200 web-a2')
  await answers(two, '200 web-b1')
  await says(one, 'haproxy: web: 2 of 2')
})

test('a task that answers its check after 6 s is slow, and not down', async () => {
  const since = await now(one)
  for (const host of [one, two]) await slow(host, 6000, 100)
  const client = load(20)
  await client.reach(20 * 20)
  nobodyRefused(await client.stop())
  assert.equal([await downs(one, since), await downs(two, since)], [0, 0])
  await says(one, 'haproxy: web: 2 of 2')
})

test('no task answers its check in time: requests go to all of them, and status says so', async () => {
  const client = load(10)
  for (const host of [one, two]) await slow(host, 60_000, 2000)
  for (const host of [one, two]) {
    await says(
      host,
      /^RED haproxy: no server of web passes HAProxy's check; requests go to all 3 tasks \(web: none of 3 usable\)$/,
    )
    await answers(host, ALL)
    for (const port of [80, 8081]) assert.match(await ask(host.address, '/haproxy-health', { port }), /^200/)
  }
  await client.reach(client.sent + 50)
  const result = await client.stop()
  nobodyRefused(result)
  assert.equal(result.changes, [])
})

test('one slave gets its CPUs back: its tasks answer for both', async () => {
  await slow(two, 0, 0)
  await answers(two, '200 web-b1')
  await answers(one, '200 web-b1')
  await says(one, 'haproxy: web: 1 backup')
  await slow(one, 0, 0)
  await answers(one, '200 web-a1, 200 web-a2')
  for (const [host, wanted] of [
    [one, '2 of 2'],
    [two, '1 of 1'],
  ] as const)
    await says(host, `haproxy: web: ${wanted}`) // prettier-ignore
})

test('a task that is really dead is not asked, while all others are only slow', async () => {
  for (const host of [one, two]) await slow(host, 60_000, 200)
  for (const host of [one, two]) await answers(host, ALL)
  const client = load(20)
  await client.reach(20)
  await endTask(one, 31002)
  await client.reach(client.sent + 200)
  const { lost, kinds } = await client.stop()
  assert.ok(lost <= 3, JSON.stringify(kinds)) // what it was answering just then died with it
  await says(one, /requests go to 2 of 3 tasks/)
  await start(one, 'web-a2', 31002)
  for (const host of [one, two]) await answers(host, ALL)
})

test('all are really dead: 503 at once, also to a load balancer in front', async () => {
  await Promise.all([endTask(one, 31001), endTask(one, 31002), endTask(two, 31001)])
  for (const host of [one, two]) {
    await until('503', async () => (await ask(host.address)).startsWith('503'), 100)
    // HAProxy tries the last one that is left once more, a second later
    const took = await fastest(async () => assert.match(await ask(host.address), /^503/))
    assert.ok(took < 2500, `${took} ms`)
    await until('a balancer in front is told', async () => /^503/.test(await ask(host.address, '/haproxy-health')), 100) // prettier-ignore
    await says(host, /^RED haproxy: web has no usable server/)
  }
  for (const host of [one, two]) await slow(host, 0, 0)
  await Promise.all([start(one, 'web-a1', 31001), start(one, 'web-a2', 31002), start(two, 'web-b1', 31001)])
  await answers(one, '200 web-a1, 200 web-a2')
})

test('both hosts lose nearly all of their CPU, and get it back: nobody is turned away', async () => {
  for (const cpus of [0.2, 0.1]) {
    const since = await now(one)
    const client = load(4)
    await client.reach(8)
    for (const { name } of [one, two]) await box.cpus(name, cpus)
    await client.reach(client.sent + 4 * 30)
    for (const { name } of [one, two]) await box.cpus(name, 0)
    await client.reach(client.sent + 4 * 10)
    const result = await client.stop()
    const { sent, lost, p50, p99, max } = result
    console.log(
      `${cpus} CPUs each: ${lost} of ${sent} lost, p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms; servers taken out: ${await downs(one, since)} and ${await downs(two, since)}`,
    )
    nobodyRefused(result)
  }
  await says(one, 'haproxy: web: 2 of 2')
})

test.run()
