import * as assert from 'uvu/assert'
import { ok } from '../../../support/mesos.ts'
import { eventually } from '../../../support/until.ts'
import { active, ask, at, box, host, leader, log, masters, probe, slave, test, web } from './ground.ts'

test('without a majority of ZooKeeper the leader ends, the others know no leader; tasks serve on, and all is back when it is', async () => {
  const a1 = host('a1')
  const framework = await web('through', a1, 31003)
  const requests = probe(a1, 31003)
  const before = await leader()
  const others = masters().filter((h) => h !== before)
  const started = (): Promise<string> => ok(before, 'systemctl show -p NRestarts --value mesos-master')
  const restarts = await started()
  const stopped = masters().slice(0, 2)
  await Promise.all(stopped.map((h) => ok(h, 'systemctl stop zookeeper')))
  await eventually('the leader ends', async () => ((await started()) === restarts ? undefined : true))
  assert.match(await log(before, 'mesos-master'), /EXIT with status 1: Lost leadership\.\.\. committing suicide!/)
  for (const h of others) {
    await eventually('no leader is known', async () => ((await ask(at(h, '/state'))).status === 503 ? true : undefined))
    assert.is(await (await ask(at(h, '/state'))).text(), 'No leader elected')
    assert.is((await ask(at(h, '/health'))).status, 200)
  }
  await Promise.all(stopped.map((h) => ok(h, 'systemctl start zookeeper')))
  await Promise.all([host('a1'), host('a2')].map(active))
  const { tasks } = (await (await ask(at(await leader(), '/tasks'))).json()) as {
    tasks: { id: string; state: string }[]
  }
  assert.is(tasks.find((t) => t.id === 'through')?.state, 'TASK_RUNNING')
  assert.equal((await requests.stop()).failed, [])
  await framework.resubscribe(at(await leader(), ''))
  await framework.call('TEARDOWN')
})

test('an agent that nobody hears is unreachable, and its tasks are; it comes back with both', async () => {
  const a2 = host('a2')
  const framework = await web('away', a2, 31004)
  const { id } = await active(a2)
  await box.drop('a2')
  const gone = await framework.state('away', 'UNREACHABLE')
  assert.equal([gone.reason, gone.message], ['REASON_AGENT_REMOVED', 'health check timed out'])
  await framework.event('FAILURE')
  assert.is(await slave(a2), undefined)
  await box.undrop('a2')
  await framework.update('away', (u) => u.reason === 'REASON_AGENT_REREGISTERED' && u.state === 'TASK_RUNNING')
  assert.is((await active(a2)).id, id)
  await framework.call('TEARDOWN')
})

test('a host that lost its power comes back as the same agent; its tasks have failed, and no container of theirs is left', async () => {
  const a2 = host('a2')
  const framework = await web('lost', a2, 31005)
  const { id } = await active(a2)
  await ok(a2, 'systemctl enable docker mesos-agent')
  await box.kill('a2')
  await eventually('it is not active', async () => ((await slave(a2))?.active === false ? true : undefined))
  await box.boot('a2')
  const end = await framework.state('lost', 'FAILED')
  assert.equal(
    [end.reason, end.message],
    ['REASON_EXECUTOR_TERMINATED', 'Abnormal executor termination: unknown container'],
  )
  assert.is((await active(a2)).id, id)
  await eventually('nothing is left', async () =>
    (await ok(a2, 'docker ps -aq --filter name=mesos-')) === '' ? true : undefined,
  )
  await framework.call('TEARDOWN')
})
