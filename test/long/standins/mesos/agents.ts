import * as assert from 'uvu/assert'
import { parseZkUrl, ZooKeeper } from '../../../standins/zookeeper.ts'
import { busyboxImage, masterEnv, ok, startAgent, startMaster, zkUrl } from '../../../support/mesos.ts'
import { eventually } from '../../../support/until.ts'
import {
  active,
  ask,
  at,
  container,
  host,
  leader,
  log,
  masters,
  metrics,
  own,
  probe,
  slave,
  slaves,
  test,
  v1,
  web,
} from './ground.ts'

test('the package starts nothing and configures nothing', async () => {
  for (const [h, unit] of [
    [host('m1'), 'mesos-master'],
    [host('a1'), 'mesos-agent'],
  ] as const) {
    assert.is(await ok(h, `systemctl is-enabled ${unit} || true`), 'disabled')
    assert.is(await ok(h, `systemctl is-active ${unit} || true`), 'inactive')
    assert.is(
      await ok(h, 'ls -d /etc/mesos* /etc/default/mesos* /var/lib/mesos /var/log/mesos 2>/dev/null || true'),
      '',
    )
  }
  assert.match(await ok(host('m1'), 'dpkg -s aventer-mesos'), /^Description: stand-in/m)
  assert.match(await ok(host('m1'), 'mesos-master --help | head -1'), /stand-in/)
})

test('three masters elect one; the others send to it', async () => {
  const zk = zkUrl(masters())
  await Promise.all(
    masters().map((h) =>
      startMaster(h, masterEnv(h, zk, 2, { AGENT_PING_TIMEOUT: '1secs', MAX_AGENT_PING_TIMEOUTS: '8' })),
    ),
  )
  const first = await leader()
  await eventually('all three replicas are there', async () => {
    const all = await Promise.all(masters().map(metrics))
    return all.every((m) => m['registrar/log/recovered'] === 1 && m['registrar/log/ensemble_size'] === 3)
      ? true
      : undefined
  })
  const { servers, path } = parseZkUrl(zk)
  const client = new ZooKeeper({ servers })
  try {
    const children = await client.children(path)
    assert.equal(
      children.map((c) => c.replace(/\d+$/, '')),
      ['json.info_', 'json.info_', 'json.info_', 'log_replicas'],
    )
    assert.is((await client.children(`${path}/log_replicas`)).length, 3)
    const info = JSON.parse((await client.get(`${path}/${children[0]}`)).data.toString()) as { hostname: string }
    assert.is(info.hostname, first.address)
  } finally {
    await client.close()
  }
  for (const h of masters().filter((m) => m !== first)) {
    const answers = await Promise.all(['/redirect', '/slaves', '/health', '/nosuch'].map((p) => ask(at(h, p))))
    assert.equal(
      answers.map((a) => [a.status, a.headers.get('location')]),
      [
        [307, `//${first.address}:5050`],
        [307, `//${first.address}:5050/master/slaves`],
        [200, null],
        [404, null],
      ],
    )
  }
})

test('agents find the leader and run Docker tasks; an agent that restarts keeps them, and its id', async () => {
  const agents = [host('a1'), host('a2')]
  await Promise.all(agents.map(async (h) => startAgent(h, own(h)).then(() => busyboxImage(h))))
  const before = await Promise.all(agents.map(active))
  const framework = await web('kept', host('a1'), 31000)
  const [id, requests] = [await container(host('a1')), probe(host('a1'), 31000)]
  await ok(host('a1'), 'systemctl restart mesos-agent')
  const state = `http://${host('a1').address}:5051/state`
  await eventually('it recovers', async () => {
    const { status } = await ask(state)
    return status === 503 ? true : undefined
  })
  assert.is(await (await ask(state)).text(), 'Agent has not finished recovery')
  assert.is((await ask(`http://${host('a1').address}:5051/health`)).status, 200)
  assert.is((await active(host('a1'))).id, before[0]?.id)
  assert.is(await container(host('a1')), id)
  const { asked, failed } = await requests.stop()
  assert.ok(asked > 20)
  assert.equal(failed, [])
  assert.equal(framework.states('kept').at(-1), 'RUNNING')
  await framework.call('TEARDOWN')
})

test('changed attributes end the agent at its start while its tasks serve on; the old ones bring it back, additive allows new ones', async () => {
  const a1 = host('a1')
  const framework = await web('served', a1, 31001)
  const { id } = await active(a1)
  await startAgent(a1, own(a1, { ATTRIBUTES: 'rack:r9;zone:a' }))
  await eventually('it ends', async () =>
    /Incompatible agent info detected\./.test(await log(a1, 'mesos-agent')) ? true : undefined,
  )
  assert.match(await log(a1, 'mesos-agent'), /rm -f \/var\/lib\/mesos\/agent\/meta\/slaves\/latest/)
  assert.is(await ok(a1, 'systemctl show -p ExecMainStatus --value mesos-agent'), '1')
  assert.is((await slave(a1))?.active, false)
  assert.ok((await ask(`http://${a1.address}:31001/`)).ok)
  await startAgent(a1, own(a1, { ATTRIBUTES: 'rack:r9;zone:a', RECONFIGURATION_POLICY: 'additive' }))
  const words = "Value of text attribute 'rack' changed from r4 to r9"
  await eventually('it ends', async () => ((await log(a1, 'mesos-agent')).includes(words) ? true : undefined))
  await startAgent(a1, own(a1, { ATTRIBUTES: 'rack:r4;zone:a;ssd:yes', RECONFIGURATION_POLICY: 'additive' }))
  const again = await eventually('it is back', async () =>
    (await slave(a1))?.attributes.ssd === 'yes' ? slave(a1) : undefined,
  )
  assert.is(again.id, id)
  assert.ok((await ask(`http://${a1.address}:31001/`)).ok)
  await framework.call('TEARDOWN')
})

test('an agent that is drained stays so over its restart and over a change of leader, until it is brought back', async () => {
  const a2 = host('a2')
  const framework = await web('drained', a2, 31002, 60)
  const { id } = await active(a2)
  const call = { agent_id: { value: id } }
  assert.equal(await v1('DRAIN_AGENT', { ...call, max_grace_period: { seconds: 2 } }), { status: 200, text: '' })
  assert.is((await framework.state('drained', 'KILLING')).reason, 'REASON_AGENT_DRAINING')
  assert.ok((await ask(`http://${a2.address}:31002/`)).ok, 'it serves while it has time')
  assert.equal(await v1('REACTIVATE_AGENT', call), { status: 400, text: 'Agent is still in the DRAINING state' })
  const end = await framework.state('drained', 'KILLED')
  assert.equal([end.reason, end.message], ['REASON_AGENT_DRAINING', 'Container exited with status 137'])
  await eventually('it is drained', async () => ((await slave(a2))?.drain_info?.state === 'DRAINED' ? true : undefined))
  await ok(a2, 'systemctl restart mesos-agent')

  const old = await leader()
  await ok(old, 'systemctl restart mesos-master')
  await eventually('it sends to itself, from the node of its last life', async () => {
    const answer = await ask(at(old, '/redirect'))
    return answer.headers.get('location') === `//${old.address}:5050` && (await metrics(old))['master/elected'] === 0
      ? true
      : undefined
  })
  const next = await eventually('another leads', async () => {
    const now = await leader()
    return now === old ? undefined : now
  })
  const back = await eventually('the agents are back', async () => {
    const all = await slaves()
    return all.length === 2 && all.some((s) => s.active) ? all.find((s) => s.id === id) : undefined
  })
  assert.equal([back.drain_info?.state, back.deactivated, back.active], ['DRAINED', true, false])
  assert.equal(await v1('REACTIVATE_AGENT', call), { status: 200, text: '' })
  assert.is((await active(a2)).id, id)
  assert.match(await log(next, 'mesos-master'), /Elected as the leading master!/)
})
