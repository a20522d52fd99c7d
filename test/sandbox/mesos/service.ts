import * as assert from 'uvu/assert'
import { reachCluster } from '../../../src/deploy/reach-cluster.ts'
import { back, out } from '../../../src/engine/about.ts'
import { createTransport } from '../../../src/index.ts'
import { ok } from '../../support/mesos.ts'
import { eventually } from '../../support/until.ts'
import { apply, finish, outcomes, reasons } from '../../support/zookeeper.ts'
import {
  box,
  cluster,
  containers,
  facts,
  framework,
  host,
  json,
  leader,
  MASTERS,
  origin,
  RACKS,
  run,
  says,
  test,
} from './ground.ts'

test('a change of Docker: its host is drained before, and back in service after', async () => {
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' }, docker: { logMaxFiles: 4 } },
    RACKS,
  )
  const said: string[] = []
  const result = await finish(apply, of, facts, { only: ['s-1'] }, (event) => {
    if (event.event !== 'waiting') return
    said.push(event.for)
    if (event.for !== '1 task to end') return
    void host('s-1').sh("docker exec $(docker ps -q --filter name=^mesos-) sh -c ': >/gate'")
  })
  assert.is(outcomes(result)['s-1'], 'changed', reasons(result))
  assert.ok(said.includes('1 task to end'), said.join('; '))
  assert.is(await containers(host('s-1')), '')
  assert.equal(await says(of, 'mesos-agent'), {
    's-1': 'active, 0 tasks',
    's-2': 'active, 1 task',
    's-3': 'active, 0 tasks',
  })
  const agents = await json<{ slaves: { pid: string; active: boolean; deactivated: boolean }[] }>(
    `${origin(await leader(of))}/slaves`,
  )
  assert.ok(agents.slaves.every((a) => a.active && !a.deactivated))
})

test('a slave that is drained by hand stays out of service over a run and a boot, until it is asked back', async () => {
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' }, docker: { logMaxFiles: 4 } },
    RACKS,
  )
  const move = async (about: typeof out): Promise<string | undefined> =>
    outcomes(await finish(apply, of, facts, { only: ['s-3'], about: about(of), who: 'alice@laptop' }))['s-3']
  const state = async () => (await says(of, 'mesos-agent'))['s-3']
  assert.is(await move(out), 'changed')
  assert.match((await state()) ?? '', /^drained, 0 tasks; drained by alice@laptop, /)
  await box.kill('s-3')
  await box.boot('s-3')
  await eventually('its agent is back', async () =>
    (await state())?.startsWith('drained, 0 tasks; drained by alice') ? true : undefined,
  )
  // its Docker is changed while it is out of service
  const second = await run(of, ['s-3'])
  assert.is(outcomes(second)['s-3'], 'changed', reasons(second))
  assert.match((await state()) ?? '', /^drained, 0 tasks; drained by alice/)
  assert.match(second.hosts[0]?.plan?.warnings.join() ?? '', 'drained by alice@laptop, ')
  assert.is(await move(out), 'in-sync')
  assert.is(await move(back), 'changed')
  assert.is(await state(), 'active, 0 tasks')
})

test('a slave that is closed to new tasks is opened again, by the next run where nobody else does', async () => {
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' }, docker: { logMaxFiles: 4 } },
    RACKS,
  )
  const live = reachCluster(of, createTransport(), (text) => text)
  const hostname = of.host('s-3').privateAddress
  /** An agent that is asked while the machine is busy may be slow to answer, which is red, too. */
  const becomes = (wanted: string) =>
    eventually(wanted, async () => ((await says(of, 'mesos-agent'))['s-3'] === wanted ? true : undefined))
  try {
    await live.gates.close(hostname)
    await becomes('RED deactivated, 0 tasks')
    assert.equal([(await live.gates.agents())?.length, (await live.agents())?.length], [3, 2])
    await live.gates.open(hostname)
    await becomes('active, 0 tasks')
    assert.is(outcomes(await run(of, ['s-3']))['s-3'], 'in-sync')
    await live.gates.close(hostname)
  } finally {
    await live.close()
  }
  assert.is(outcomes(await run(of, ['s-3']))['s-3'], 'changed')
  await becomes('active, 0 tasks')
})

test('while the masters are away: what needs none of them is done; Docker is left alone', async () => {
  await framework?.kill('web-1')
  await framework?.state('web-1', 'KILLED')
  await eventually('that is known', async () =>
    (await says(await cluster(), 'mesos-agent'))['s-2'] === 'active, 0 tasks' ? true : undefined,
  )
  framework?.disconnect()
  await box.kill(...MASTERS)
  const vars = { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '4days' } }
  const flags = await run(await cluster({ ...vars, docker: { logMaxFiles: 4 } }, RACKS), ['s-1'])
  assert.is(outcomes(flags)['s-1'], 'changed', reasons(flags))
  assert.match(flags.hosts[0]?.reason ?? '', 'no master answers as the leader')
  const before = await ok(host('s-1'), 'systemctl show --value -p MainPID docker')
  const docker = await run(await cluster({ ...vars, docker: { logMaxFiles: 6 } }, RACKS), ['s-1'])
  assert.is(outcomes(docker)['s-1'], 'blocked', reasons(docker))
  assert.is(
    await ok(host('s-1'), 'systemctl show --value -p MainPID docker; grep -c \'"4"\' /etc/docker/daemon.json'),
    `${before}\n1`,
  )
})

test('when they are back, what is owed is done', async () => {
  await box.boot(...MASTERS)
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '4days' }, docker: { logMaxFiles: 6 } },
    RACKS,
  )
  await leader(of)
  const result = await run(of)
  assert.is(result.exitCode, 0, reasons(result))
  assert.equal(await says(of, 'mesos-agent'), {
    's-1': 'active, 0 tasks',
    's-2': 'active, 0 tasks',
    's-3': 'active, 0 tasks',
  })
})
