import * as assert from 'uvu/assert'
import { busyboxImage, ok } from '../../support/mesos.ts'
import { webTask } from '../../support/mesos-framework.ts'
import { finish, outcomes, plan } from '../../support/zookeeper.ts'
import {
  BUSY,
  busy,
  changes,
  cluster,
  containers,
  facts,
  GATED,
  host,
  json,
  leader,
  MASTERS,
  origin,
  POLITE,
  RACKS,
  run,
  SLAVES,
  says,
  subscribe,
  test,
  V1_ONLY,
} from './ground.ts'

test('six hosts that have the packages and nothing else become a cluster; the second run finds nothing to do, in one exec a host', async () => {
  const of = await cluster({}, RACKS)
  await changes(of, [...MASTERS, ...SLAVES])
  assert.equal(
    (Object.values(await says(of, 'mesos-master')) as string[]).map((s) => s.replace(/of \d.*/, 'of …')).sort(),
    ['follower of …', 'follower of …', 'leader, 3 of …'],
  )
  assert.equal(await says(of, 'mesos-agent'), {
    's-1': 'active, 0 tasks',
    's-2': 'active, 0 tasks',
    's-3': 'active, 0 tasks',
  })
  const flags = async (name: string) =>
    (await json<{ flags: Record<string, string> }>(`http://${host(name).address}:5051/flags`)).flags
  assert.equal(
    [(await flags('s-1')).isolation, (await flags('s-1')).attributes],
    ['cgroups/cpu,cgroups/mem', 'rack:r1'],
  )
  assert.equal(
    [(await flags('s-3')).isolation, await ok(host('s-3'), 'ls -d /sys/fs/cgroup/mesos || :')],
    V1_ONLY ? ['cgroups/cpu,cgroups/mem', ''] : ['posix/cpu,posix/mem', '/sys/fs/cgroup/mesos'],
  )
})

test('another flag of the masters: one after the other, the leader last', async () => {
  const of = await cluster({ 'mesos-master': { offerTimeout: '3mins' } }, RACKS)
  const led = await leader(of)
  const order = await changes(of, MASTERS)
  assert.is(order.at(-1), led)
  for (const name of MASTERS)
    assert.is(
      (await json<{ flags: Record<string, string> }>(`${origin(name)}/flags`)).flags.offer_timeout,
      '3mins',
      name,
    )
})

test('another flag of the agents: one after the other, and their tasks run on', async () => {
  const before = await cluster({ 'mesos-master': { offerTimeout: '3mins' } }, RACKS)
  await Promise.all(busy().map((h) => busyboxImage(h)))
  const framework = await subscribe(before)
  for (const [i, h] of busy().entries())
    framework.launch(webTask(`web-${i}`, 31000, { command: i === 0 ? GATED : POLITE }), h.address)
  for (const i of BUSY.keys()) await framework.state(`web-${i}`, 'RUNNING')
  const running = await Promise.all(busy().map(containers))
  const of = await cluster({ 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' } }, RACKS)
  assert.equal((await changes(of, SLAVES)).toSorted(), SLAVES)
  assert.equal(await Promise.all(busy().map(containers)), running)
  assert.equal(await says(of, 'mesos-agent'), {
    's-1': 'active, 1 task',
    's-2': 'active, 1 task',
    's-3': 'active, 0 tasks',
  })
})

test('an attribute that the agent would die of is refused, and nothing is changed', async () => {
  const pid = () => ok(host('s-1'), 'systemctl show --value -p MainPID mesos-agent; sha256sum /etc/mesos/agent.env')
  const before = await pid()
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' } },
    { ...RACKS, 's-1': { 'mesos-agent': { attributes: { rack: 'r9' } } } },
  )
  const result = await finish(plan, of, facts)
  assert.is(outcomes(result)['s-1'], 'refused')
  const applied = await run(of)
  assert.match(
    applied.hosts.find((h) => h.host === 's-1')?.reason ?? '',
    'mesos-agent: The agent would refuse to start: its attribute rack would change from r1 to r9. Put it back. Or give it a new identity: drain it,',
  )
  assert.is(await pid(), before)
})
