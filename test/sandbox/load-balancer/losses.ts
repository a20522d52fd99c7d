import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { answersOf, ask, endTask, healthOf, startTask } from '../../support/load-balancer.ts'
import { until } from '../../support/until.ts'
import { apply, finish } from '../../support/zookeeper.ts'
import {
  all,
  answers,
  B1,
  box,
  byHand,
  cluster,
  clusterOf,
  consul,
  emit,
  facts,
  from,
  green,
  hosts,
  list,
  load,
  loadOf,
  nothingLost,
  ok,
  one,
  reloads,
  taskOf,
  test,
  two,
  verdict,
} from './ground.ts'

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
  from(clusterOf(hosts, { haproxy: { fallback: 'none' } }))
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
  from(clusterOf([host]))
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
