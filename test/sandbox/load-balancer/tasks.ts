import * as assert from 'uvu/assert'
import { ask, endTask, healthOf, startTask } from '../../support/load-balancer.ts'
import { until } from '../../support/until.ts'
import { apply, finish } from '../../support/zookeeper.ts'
import {
  A1,
  A2,
  all,
  answers,
  B1,
  begin,
  cluster,
  emit,
  facts,
  green,
  hosts,
  LABELS,
  list,
  ok,
  one,
  rendered,
  taskOf,
  test,
  two,
  verdict,
} from './ground.ts'

test('two hosts, one of them from nothing, to green; a second run finds nothing to do', async () => {
  await begin()
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
