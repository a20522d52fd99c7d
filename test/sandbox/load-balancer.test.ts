/**
 * A slave's load balancing on real hosts: Consul, registrar, consul-template and HAProxy, from Marathon's word to who
 * answers.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster, RunResult } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { type Offered, withArtifacts } from '../support/artifacts.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { type Client, startLoad } from '../support/load.ts'
import { answersOf, ask, balancers, bridgeOf, endTask, healthOf, startTask } from '../support/load-balancer.ts'
import type { Part } from '../support/parts.ts'
import { type FakeMarathon, type FakeTask, fakeApp, fakeMarathon } from '../support/scripted-marathon.ts'
import type { Load } from '../support/tally.ts'
import { until } from '../support/until.ts'
import { apply, finish, memory, reasons } from '../support/zookeeper.ts'

const test = suite('load balancing on hosts')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul', 'consul-template'])

let hosts: readonly SandboxHost[]
let [one, two] = [] as unknown as readonly [SandboxHost, SandboxHost]
let marathon: FakeMarathon
let made: { readonly marathon: string; readonly consul: Part & Offered; readonly template: Part & Offered }
let cluster: Cluster
const facts = memory()
const closing: (() => unknown)[] = []
test.after(async () => {
  for (const close of closing) await close()
})

const ok = async (host: SandboxHost, command: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
const all = (result: RunResult, outcome: string): void =>
  assert.ok(
    result.hosts.every((h) => h.outcome === outcome),
    `all ${outcome}? ${reasons(result)}`,
  )
const clusterOf = (of: readonly SandboxHost[], vars: Readonly<Record<string, object>> = {}): Cluster =>
  balancers(of, made, vars)

const LABELS = { 'lb.enable': 'true', 'lb.host': 'www.example.com' }
const idOf = (app: string, instance: string): string => `${app}.instance-${instance}-e661-11f1-87f4-193e2279135e._app.1`
const taskOf = (
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
function list(...apps: readonly (readonly [string, readonly FakeTask[], Record<string, string>?])[]): void {
  marathon.apps = apps.map(([id, tasks, labels = LABELS]) => fakeApp(id, labels, tasks))
  marathon.emit('deployment_success', {})
}
const emit = (task: FakeTask, taskStatus: string): void =>
  marathon.emit('status_update_event', {
    taskId: task.id,
    taskStatus,
    slaveId: task.slaveId,
    host: task.host,
    ports: task.ports,
  })
/** Waits until a host's HAProxy is answered for by exactly these. */
const answers = (host: SandboxHost, wanted: string, how?: { host?: string; path?: string }) =>
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
const reloads = (host: SandboxHost) =>
  ok(host, `${journal('-u haproxy -o cat')} | grep -c 'Reloading HAProxy'`).then(Number)
/** Waits until a host's HAProxy has such a configuration. */
const rendered = (host: SandboxHost, wanted: RegExp) =>
  until(
    `${host.name} has rendered ${wanted}`,
    async () => wanted.test(await ok(host, 'cat /etc/haproxy/haproxy.cfg')),
    100,
  )
const verdict = async (host: SandboxHost): Promise<{ ok: boolean; message: string; since: number; time: number }> =>
  JSON.parse(await ok(host, 'cat /run/haproxy-golive/status'))
const green = (name: string) =>
  until(
    `${name} is green`,
    async () => {
      const red = (await healthOf(cluster, name)).filter((line) => line.startsWith('RED'))
      if (red.length > 0) throw new Error(red.join('; '))
      return true
    },
    500,
  ) // prettier-ignore
const consul = (host: SandboxHost, method: string, path: string, body = '') =>
  ok(host, `curl -sf -X ${method} -d '${body}' http://127.0.0.1:8500${path}`)
/** A load on these hosts, as a balancer in front of them makes it. */
const load = (...targets: readonly SandboxHost[]): Client => loadOf(80, targets)
/** The same, with so many requests a second. */
function loadOf(rate: number, targets: readonly SandboxHost[]): Client {
  const client = startLoad({
    targets: targets.map((host) => host.address),
    rate,
    responder: (body) => /^web-\w+$/.exec(body.trim())?.[0],
  })
  closing.push(() => client.stop()) // also where the test fails
  return client
}
const nothingLost = ({ sent, lost, kinds }: Load, atLeast: number): void => {
  assert.equal(kinds, {}, `${lost} of ${sent} lost`)
  assert.ok(sent >= atLeast, `${sent} sent`)
}

const A1 = () => taskOf(one, 'web', 'aaaaaaa1', 31001)
const A2 = () => taskOf(one, 'web', 'aaaaaaa2', 31002)
const B1 = () => taskOf(two, 'web', 'bbbbbbb1', 31001)

test('two hosts, one of them from nothing, to green; a second run finds nothing to do', async () => {
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
  all(await finish(apply, cluster, facts), 'changed')
  const second = await finish(apply, cluster, facts)
  all(second, 'in-sync')
  assert.equal(
    second.hosts.map((h) => h.cost.execs),
    [1, 1],
  )
  assert.ok(second.hosts.every((h) => h.cost.bytesUp < 20_000))
  for (const { name } of hosts) await green(name)
  const says = 'registrar: attached, 0 tasks serve; haproxy: no app; consul-template: renders'
  const isSaid = async (): Promise<boolean> => {
    const is = (await healthOf(cluster, 'slave-1')).join('; ')
    if (is !== says) throw new Error(is) // a machine that is short of CPU may lose a stream for a moment
    return true
  }
  await until(says, isSaid, 500)
  assert.match(await ask(one.address), /^503 No application answers/)
  for (const port of [80, 8081]) assert.match(await ask(one.address, '/haproxy-health', { port }), /^503/)
  assert.is(await ok(one, 'systemctl is-system-running --wait || systemctl --failed'), 'running')
})

test("each slave answers from its own tasks, and from the other's while it has none", async () => {
  await Promise.all([startTask(one, 'web-a1', 31001), startTask(one, 'web-a2', 31002), startTask(two, 'web-b1', 31001)])
  list(['/web', [A1()]])
  await answers(one, '200 web-a1')
  await answers(two, '200 web-a1')
  for (const host of hosts)
    for (const port of [80, 8081]) assert.match(await ask(host.address, '/haproxy-health', { port }), /^200/)
  list(['/web', [A1(), A2(), B1()]])
  await answers(one, '200 web-a1, 200 web-a2')
  await answers(two, '200 web-b1')
  assert.is((await verdict(one)).ok, true)
  await until('health says so', async () => (await healthOf(cluster, 'slave-1')).includes('haproxy: web: 2 of 2'))
})

test('a task that is being killed answers only when nobody else can; then it is gone', async () => {
  list(['/web', [A1(), A2()]])
  await answers(two, '200 web-a1, 200 web-a2')
  emit(A1(), 'TASK_KILLING')
  list(['/web', [{ ...A1(), state: 'TASK_KILLING' }, A2()]])
  await answers(one, '200 web-a2')
  await rendered(one, /^ {2}server t_aaaaaaa1_1 \S+:31001 backup$/m)
  emit(A2(), 'TASK_KILLING')
  list([
    '/web',
    [
      { ...A1(), state: 'TASK_KILLING' },
      { ...A2(), state: 'TASK_KILLING' },
    ],
  ])
  await answers(one, '200 web-a1, 200 web-a2')
  emit(A2(), 'TASK_KILLED')
  list(['/web', [{ ...A1(), state: 'TASK_KILLING' }]])
  await answers(one, '200 web-a1')
  list(['/web', [A1(), A2(), B1()]])
  // killed means killed, whatever the list says; its successor has another id
  const again = taskOf(one, 'web', 'aaaaaaa3', 31001)
  list(['/web', [again, B1()]])
  await answers(one, '200 web-a1')
  await rendered(one, /^ {2}server t_aaaaaaa3_1 \S+:31001$/m)
})

test('several apps, by host name and by path', async () => {
  await Promise.all([startTask(one, 'api', 31011), startTask(one, 'shop', 31012), startTask(one, 'apiv2', 31013)])
  list(
    ['/web', [taskOf(one, 'web', 'aaaaaaa3', 31001)]],
    ['/group/api', [taskOf(one, 'group_api', 'ccccccc1', 31011)], { ...LABELS, 'lb.path': '/api' }],
    ['/apiv2', [taskOf(one, 'apiv2', 'ccccccc2', 31013)], { ...LABELS, 'lb.path': '/api/v2' }],
    [
      '/shop',
      [taskOf(one, 'shop', 'ddddddd1', 31012)],
      { 'lb.enable': 'true', 'lb.name': 'store', 'lb.host': '*.shop.example' },
    ],
  )
  for (const host of hosts) {
    await answers(host, '200 api', { path: '/api/users' })
    await answers(host, '200 apiv2', { path: '/api/v2' })
    await answers(host, '200 web-a1', { path: '/apis' })
    await answers(host, '200 shop', { host: 'eu.shop.example:80' })
    await answers(host, '503 No application answers to this name here.', { host: 'elsewhere.example' })
  }
})

test("a port that another app gets is nobody else's any more", async () => {
  const old = taskOf(one, 'shop', 'ddddddd1', 31012)
  const seen = new Set<string>()
  const look = async () => seen.add(await ask(one.address, '/', { host: 'eu.shop.example' }))
  await endTask(one, 31012)
  const died = performance.now()
  emit(old, 'TASK_FAILED')
  // Mesos offers a port again a second after its task has ended, at the soonest; the list is late
  await until('the port is offered again', async () => (await look()) && performance.now() - died > 1000)
  emit(taskOf(one, 'worker', 'eeeeeee1', 31012), 'TASK_STARTING')
  await startTask(one, 'worker', 31012)
  await until(
    'it answers',
    async () => (await look()) && (await ask(one.address, '/', { port: 31012 })) === '200 worker',
  )
  for (let i = 0; i < 100; i++) await look()
  assert.equal(
    [...seen].filter((answer) => /worker/.test(answer)),
    [],
  )
  assert.not.match(await ok(one, 'cat /etc/haproxy/haproxy.cfg'), ':31012')
})

test('a port that another app got while nobody listened to events, either', async () => {
  const next = taskOf(one, 'shop', 'ddddddd2', 31014)
  await startTask(one, 'shop', 31014)
  const labels = { 'lb.enable': 'true', 'lb.name': 'store', 'lb.host': '*.shop.example' }
  list(['/web', [taskOf(one, 'web', 'aaaaaaa3', 31001)]], ['/shop', [next], labels])
  await answers(one, '200 shop', { host: 'eu.shop.example' })
  await ok(one, 'systemctl stop provision-registrar')
  await endTask(one, 31014)
  await startTask(one, 'worker', 31014)
  // both are listed: the older one as if it still ran
  const newer = taskOf(one, 'worker', 'eeeeeee2', 31014, { startedAt: new Date(Date.now() + 1000).toISOString() })
  list(
    ['/web', [taskOf(one, 'web', 'aaaaaaa3', 31001), B1()]],
    ['/shop', [next], labels],
    ['/worker', [newer], { 'lb.enable': 'true', 'lb.host': 'worker.example' }],
  )
  await ok(one, 'systemctl start provision-registrar')
  await answers(one, '503 No application answers to this name here.', { host: 'eu.shop.example' })
  await answers(one, '200 worker', { host: 'worker.example' })
  list(['/web', [taskOf(one, 'web', 'aaaaaaa3', 31001), B1()]])
  await answers(one, '200 web-a1')
  await answers(two, '200 web-b1')
})

test('a slave that is drained says so, and goes on answering', async () => {
  await consul(one, 'PUT', '/v1/kv/lb/drain/slave-1', 'upgrade')
  for (const port of [80, 8081])
    await until('503', async () => (await ask(one.address, '/haproxy-health', { port })).startsWith('503'), 100)
  assert.is(await answersOf(one.address), '200 web-a1')
  assert.match(await ask(two.address, '/haproxy-health'), /^200/)
  await consul(one, 'DELETE', '/v1/kv/lb/drain/slave-1')
  for (const port of [80, 8081])
    await until('200', async () => (await ask(one.address, '/haproxy-health', { port })).startsWith('200'), 100)
})

test('a turn that restarts HAProxy: it leaves the balancer in front before, and is back after; nothing is lost', async () => {
  const pids = () => Promise.all(hosts.map((h) => ok(h, 'systemctl show --value -p MainPID haproxy')))
  const before = await pids()
  for (const h of hosts)
    await ok(
      h,
      'mkdir -p /var/lib/provision; echo "restart $(cat /proc/sys/kernel/random/boot_id)" >/var/lib/provision/haproxy.service.owed',
    )
  const client = load(one, two)
  const said: string[] = []
  // long enough for what the client in front has begun on a busy machine
  const patient = clusterOf(hosts, { haproxy: { leaveSeconds: 15 } })
  const result = await finish(apply, patient, facts, {}, (event) => {
    if (event.event === 'waiting') said.push(`${event.host} ${event.for}`)
  })
  all(result, 'changed')
  nothingLost(await client.stop(), 400)
  const after = await pids()
  assert.ok(before.every((pid, i) => pid !== after[i]))
  for (const { name } of hosts)
    assert.ok(said.includes(`${name} the load balancer in front to send no more`), said.join('; '))
  assert.is(await ok(one, 'curl -s http://127.0.0.1:8500/v1/kv/lb/drain/?keys'), '')
  for (const host of hosts)
    await until('200', async () => (await ask(host.address, '/haproxy-health')).startsWith('200'), 100)
})

test('a bad render never goes live, health says why, and the next good one does', async () => {
  const before = await ok(one, 'sha256sum </etc/haproxy/haproxy.cfg')
  await ok(
    one,
    `sed -i 's/^  spread-checks 3/  foo bar/' /etc/consul-template/haproxy.ctmpl; systemctl restart consul-template`,
  )
  await until('it is refused', async () => !(await verdict(one)).ok, 100)
  assert.is(await ok(one, 'sha256sum </etc/haproxy/haproxy.cfg'), before)
  assert.is(await answersOf(one.address), '200 web-a1')
  const [, haproxy = ''] = await healthOf(cluster, 'slave-1')
  assert.match(
    haproxy,
    /^RED haproxy: the last render was refused: line \d+: unknown keyword 'foo' in 'global' section; serving the one from \d\d:\d\d UTC/,
  )
  assert.is(await ok(one, 'systemctl is-active consul-template'), 'active')
  // another run puts the template right
  all(await finish(apply, clusterOf([one]), facts, { only: ['slave-1'] }), 'changed')
  await green('slave-1')
})

/** What consul-template makes of an empty answer. */
const NO_APP =
  "sed -e '/^backend be_/,/^# provision: end/{/^# provision: end/!d}' -e '/_backend be_/d' -e '/nbsrv/d' /etc/haproxy/haproxy.cfg"

/** Nothing is rendered meanwhile but by hand, however often the machine makes a check of Consul flap. */
async function byHand(work: () => Promise<void>): Promise<void> {
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

for (const [what, staged, says] of [
  ['cut short', 'head -n 20 /etc/haproxy/haproxy.cfg', /is not whole/],
  ['empty', 'true', /is not whole/],
  [
    'of a node that Consul has forgotten',
    "sed 's/^# provision: end/# provision: wait: no node/' /etc/haproxy/haproxy.cfg",
    /^no node$/,
  ],
  [
    'without the app that runs here',
    NO_APP,
    /^Consul does not name web any more, of which the registrar here has tasks/,
  ],
  [
    'with two servers of one name',
    "awk '1; /^  server /{print}' /etc/haproxy/haproxy.cfg",
    /^line \d+: .*distinct names/,
  ],
  ['whose port is taken', "sed 's/:8081/:22/' /etc/haproxy/haproxy.cfg", /^port 22 is taken by another program$/],
  [
    'that HAProxy cannot listen for',
    "sed 's|^  bind :8081|&\\n  bind /nowhere/x|' /etc/haproxy/haproxy.cfg",
    /^HAProxy did not take it over: .*\/nowhere\/x/,
  ],
] as const) {
  test(`a render that is ${what}: the old one stays, on disk and in service`, () =>
    byHand(async () => {
      const before = await ok(one, 'sha256sum </etc/haproxy/haproxy.cfg')
      const keep = await ok(one, `cat /var/lib/consul-template/haproxy.cfg`)
      const { since } = await verdict(one)
      await ok(
        one,
        `${staged} >/srv/staged; cp /srv/staged /var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive`,
      )
      const is = await verdict(one)
      assert.equal([is.ok, is.since], [false, since])
      assert.match(is.message, says)
      assert.is(await ok(one, 'sha256sum </etc/haproxy/haproxy.cfg'), before)
      assert.is(await answersOf(one.address), '200 web-a1')
      await ok(one, 'cat >/var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive', `${keep}\n`)
      assert.is((await verdict(one)).ok, true)
    }))
}

test('all apps gone at once, while nobody here has one: believed after a while, and looked at again by itself', async () => {
  await ok(one, 'systemctl stop provision-registrar; touch -d "-5 minutes" /run/provision-registrar/status.json || :')
  await byHand(async () => {
    const keep = await ok(one, 'cat /var/lib/consul-template/haproxy.cfg')
    const said = await ok(
      one,
      `${NO_APP} >/srv/staged; cp /srv/staged /var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive`,
    )
    assert.ok(said.startsWith('Consul suddenly names no app at all'), said)
    assert.is(await answersOf(one.address), '200 web-a1')
    await until('it is believed', async () => (await verdict(one)).ok, 500)
    await ok(one, 'cat >/var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive', `${keep}\n`)
  }).finally(() => ok(one, 'systemctl start provision-registrar'))
  await answers(one, '200 web-a1')
})

test('a reload that was owed when the script was killed is made up for', async () => {
  let before = 0
  await byHand(async () => {
    before = await reloads(one)
    await ok(one, '/usr/local/lib/provision/haproxy-golive')
    assert.is(await reloads(one), before, 'nothing new, nothing reloaded')
  })
  await ok(one, 'touch /run/haproxy-golive/owed; systemctl restart consul-template')
  await until('reloaded', async () => (await reloads(one)) > before)
})

test('a HAProxy that is down is started', async () => {
  await ok(one, 'systemctl stop haproxy; /usr/local/lib/provision/haproxy-golive; systemctl is-active haproxy')
  await answers(one, '200 web-a1')
})

test('20 reloads in 20 s on both, the Consul agent restarted, the registrar and consul-template killed: nothing is lost', async () => {
  const client = loadOf(200, [one, two]) // many kept connections in use at each reload
  await byHand(async () => {
    const before = await reloads(one)
    const began = performance.now()
    for (let i = 1; i <= 20; i++) {
      await Promise.all(
        hosts.map((host) => ok(host, 'touch /run/haproxy-golive/owed; /usr/local/lib/provision/haproxy-golive')),
      )
      await until('its second is over', () => performance.now() - began >= i * 1000)
    }
    await until('the journal has all reloads', async () => (await reloads(one)) - before >= 20, 200)
    assert.is((await reloads(one)) - before, 20)
  })
  const pid = () => ok(one, 'systemctl show -p MainPID --value provision-registrar')
  const old = await pid()
  await ok(
    one,
    'systemctl kill -s KILL provision-registrar; systemctl kill -s KILL consul-template; systemctl restart consul',
  )
  await until(
    'the registrar is back',
    async () =>
      ![old, '0'].includes(await pid()) &&
      (await healthOf(cluster, 'slave-1')).every((line) => !line.startsWith('RED')),
    500,
  )
  await client.reach(client.sent + 200)
  const result = await client.stop()
  nothingLost(result, 4000)
  assert.equal(Object.keys(result.answers[one.address] ?? {}), ['web-a1'])
  assert.equal(Object.keys(result.answers[two.address] ?? {}), ['web-b1'])
})

test('a task that is replaced as Marathon replaces it: nothing is lost', async () => {
  const client = load(one, two)
  await client.reach(100)
  const next = taskOf(one, 'web', 'fffffff1', 31005)
  const old = taskOf(one, 'web', 'aaaaaaa3', 31001)
  await startTask(one, 'web-next', 31005)
  list(['/web', [old, next, B1()]])
  // as soon as the new one is healthy, before anybody can have rendered it
  emit(old, 'TASK_KILLING')
  list(['/web', [{ ...old, state: 'TASK_KILLING' }, next, B1()]])
  await answers(one, '200 web-next')
  // the old one's pre-stop is over
  await client.reach(client.sent + 100)
  await endTask(one, 31001)
  emit(old, 'TASK_KILLED')
  list(['/web', [next, B1()]])
  await until(
    'the old one is gone',
    async () => !(await ok(one, 'cat /etc/haproxy/haproxy.cfg')).includes(`${one.address}:31001`),
  )
  await client.reach(client.sent + 100)
  nothingLost(await client.stop(), 300)
})

test('all tasks of a slave end at once, and nobody has noticed yet: only what they were answering is lost', async () => {
  const ports = [31021, 31022, 31023]
  await Promise.all(ports.map((port, i) => startTask(one, `web-e${i}`, port)))
  list(['/web', [...ports.map((port, i) => taskOf(one, 'web', `9999999${i}`, port)), B1()]])
  await answers(one, '200 web-e0, 200 web-e1, 200 web-e2')
  const client = load(one, two)
  await client.reach(200)
  const tasks = 'task-31021 task-31022 task-31023'
  // on a busy machine, they end some time after they are told to
  await ok(one, `systemctl kill -s TERM ${tasks}; while systemctl is-active -q ${tasks}; do sleep .01; done`)
  const ended = client.now + 1 // they are rounded
  await client.reach(client.sent + 400)
  const { sent, kinds, gaps } = await client.stop()
  // What they were answering just then died with them. 503: after the one that was answering, the others refused; only
  // refusals are as many as tasks, and leave a try for the other slave.
  assert.equal(
    Object.keys(kinds).filter((kind) => !/^(ECONNRESET|50[23])/.test(kind)),
    [],
    `${JSON.stringify(kinds)} of ${sent}`,
  )
  assert.ok(
    gaps.every(({ to }) => to <= ended),
    `${JSON.stringify(gaps)} after ${ended}`,
  )
  const next = taskOf(one, 'web', 'fffffff1', 31005)
  list(['/web', [next, B1()]])
  await answers(one, '200 web-next')
})

test('a slave that lost its power: what died with it is purged, though Marathon still lists it', async () => {
  const next = taskOf(one, 'web', 'fffffff1', 31005, { startedAt: new Date(Date.now() - 60_000).toISOString() })
  list(['/web', [next, B1()]])
  await box.kill('slave-1')
  await box.boot('slave-1')
  await until(
    'gone',
    async () => {
      const services = await consul(one, 'GET', '/v1/agent/services')
      if (services.includes('fffffff1')) throw new Error(services)
      return true
    },
    200,
  ) // prettier-ignore
  await answers(one, '200 web-b1')
  await green('slave-1')
})

test('the strict form: nobody answers for a slave without a task', async () => {
  cluster = clusterOf(hosts, { haproxy: { fallback: 'none' } })
  all(await finish(apply, cluster, facts), 'changed')
  await until('503', async () => (await ask(one.address)).startsWith('503'), 100)
  assert.match(await ask(one.address, '/haproxy-health'), /^503/)
  await answers(two, '200 web-b1')
  assert.match(await ask(two.address, '/haproxy-health'), /^200/)
  all(await finish(apply, cluster, facts), 'in-sync')
})

test('Debian 13, over a HAProxy that somebody has configured by hand', async () => {
  await box.kill('slave-1', 'slave-2')
  const [host] = (await box.up([{ name: 'thirteen', release: '13' }])) as [SandboxHost]
  await ok(host, "mkdir /etc/haproxy; printf 'frontend x\\n  bind :8088\\n' >/etc/haproxy/haproxy.cfg")
  cluster = clusterOf([host])
  all(await finish(apply, cluster, facts), 'changed')
  all(await finish(apply, cluster, facts), 'in-sync')
  await startTask(host, 'web-t', 31001)
  list(['/web', [taskOf(host, 'web', 'aaaaaaaa', 31001)]])
  await answers(host, '200 web-t')
  await green('thirteen')
  await ok(
    host,
    `sed 's/:8081/:22/' /etc/haproxy/haproxy.cfg >/var/lib/consul-template/haproxy.cfg; /usr/local/lib/provision/haproxy-golive`,
  )
  assert.is((await verdict(host)).message, 'port 22 is taken by another program')
  assert.is(await answersOf(host.address), '200 web-t')
})

test.run()
