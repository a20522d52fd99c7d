/**
 * What the recipes rely on in the Mesos stand-ins: three masters and two agents, with a real ZooKeeper and a real
 * Docker.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { parseZkUrl, ZooKeeper } from '../../standins/zookeeper.ts'
import { withHosts } from '../../support/hosts.ts'
import { journal } from '../../support/journal.ts'
import {
  agentEnv,
  busyboxImage,
  install,
  masterEnv,
  ok,
  STANDINS,
  startAgent,
  startMaster,
  zkUrl,
  zooKeeperOn,
} from '../../support/mesos.ts'
import { TestFramework, webTask } from '../../support/mesos-framework.ts'
import { eventually } from '../../support/until.ts'

const test = suite('mesos stand-ins')
const { box, host: hostOf } = await withHosts(test, import.meta.url)
const MASTERS = ['m1', 'm2', 'm3']
const known = new Map<string, SandboxHost>()

/** A host; the same object each time. */
function host(name: string): SandboxHost {
  const found = known.get(name) ?? hostOf(name)
  known.set(name, found)
  return found
}

const masters = (): SandboxHost[] => MASTERS.map(host)

interface Slave {
  readonly id: string
  readonly hostname: string
  readonly active: boolean
  readonly deactivated: boolean
  readonly attributes: Record<string, string>
  readonly drain_info?: { readonly state: string }
}

const at = ({ address }: SandboxHost, path: string): string => `http://${address}:5050${path}`
const ask = (url: string): Promise<Response> => fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(3000) })
const metrics = async (h: SandboxHost): Promise<Record<string, number>> =>
  (await ask(at(h, '/metrics/snapshot'))).json() as Promise<Record<string, number>>

/** The master that leads and has read its registry. */
const leader = (): Promise<SandboxHost> =>
  eventually('a master leads', async () => {
    for (const h of masters()) {
      const m = await metrics(h).catch(() => ({}) as Record<string, number>)
      if (m['master/elected'] === 1 && m['registrar/state_fetch_ms'] !== undefined) return h
    }
    return undefined
  })

const slaves = async (): Promise<Slave[]> =>
  ((await (await ask(at(await leader(), '/slaves'))).json()) as { slaves: Slave[] }).slaves
const slave = async (h: SandboxHost): Promise<Slave | undefined> =>
  (await slaves()).find((s) => s.hostname === h.address)
const active = (h: SandboxHost): Promise<Slave> =>
  eventually(`${h.name} is active`, async () => ((await slave(h))?.active ? slave(h) : undefined))

const v1 = async (type: string, body: object = {}): Promise<{ status: number; text: string }> => {
  const answer = await fetch(at(await leader(), '/api/v1'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ type, [type.toLowerCase()]: body }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** Asks a task for its page all the time, until it is stopped; gives how often, and what went wrong. */
function probe(h: SandboxHost, port: number): { stop(): Promise<{ asked: number; failed: readonly string[] }> } {
  let [over, asked] = [false, 0]
  const failed: string[] = []
  const look = async (): Promise<void> => {
    const { status } = await fetch(`http://${h.address}:${port}/`, { signal: AbortSignal.timeout(10_000) })
    if (status !== 200) throw new Error(`answered ${status}`)
  }
  const run = (async () => {
    while (!over) {
      asked++
      await look().catch((error: Error) => failed.push(`${asked}: ${error.message} ${error.cause ?? ''}`))
      await new Promise((r) => setTimeout(r, 50))
    }
  })()
  return {
    async stop() {
      over = true
      await run
      return { asked, failed }
    },
  }
}

const log = (h: SandboxHost, unit: string): Promise<string> => ok(h, journal(`-u ${unit} -o cat -n 300`))
const container = (h: SandboxHost): Promise<string> =>
  ok(h, "docker ps --no-trunc --format '{{.ID}} {{.Names}}' | grep mesos-")
const own = (h: SandboxHost, more: Record<string, string> = {}) => agentEnv(h, zkUrl(masters()), more)

/** A quick framework on the leader, and a web task of it on a host that runs. */
async function web(name: string, h: SandboxHost, port: number, grace = 1): Promise<TestFramework> {
  const framework = await TestFramework.subscribe(at(await leader(), ''), { name })
  framework.launch(webTask(name, port, { kill_policy: { grace_period: { nanoseconds: grace * 1e9 } } }), h.address)
  await framework.state(name, 'RUNNING')
  await eventually(`${name} serves`, async () => ((await ask(`http://${h.address}:${port}/`)).ok ? true : undefined))
  return framework
}

test.before(async () => {
  const agents = ['a1', 'a2'].map((name) => ({ name, layer: STANDINS, unified: false }))
  const hosts = await box.up([...MASTERS.map((name) => ({ name, layer: STANDINS })), ...agents])
  await Promise.all([zooKeeperOn(hosts.slice(0, 3)), install(hosts)])
})

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

test('what a start depends on', async () => {
  const a1 = host('a1')
  const run = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await a1.sh(`${command} 2>&1`)
    return `${code} ${stdout}${stderr}`
  }
  const agent =
    'timeout 20 mesos-agent --master=zk://127.0.0.1:1/x --work_dir=/tmp/work --port=5077 --systemd_enable_support=false'
  assert.match(await run('mesos-agent --bogus'), /^1 [\s\S]*Failed to load unknown flag 'bogus'/)
  assert.match(
    await run('mesos-agent --work_dir=/tmp/work'),
    /^1 [\s\S]*Missing required option `--master` or `--master_detector`/,
  )
  assert.match(
    await run(`LIBPROCESS_SSL_ENABLED=true ${agent}`),
    /^1 [\s\S]*EXIT with status 1: SSL requires key! NOTE: Set path with LIBPROCESS_SSL_KEY_FILE/,
  )
  assert.match(await run(agent), /^134 [\s\S]*Check failed: !subsystemSet\.empty\(\)/)
  await ok(a1, 'systemctl stop mesos-agent docker.socket docker')
  const down = await run(`${agent} --containerizers=docker`)
  assert.match(
    down,
    /^1 [\s\S]*Failed to perform recovery: Collect failed: Failed to run 'docker -H unix:\/\/\/var\/run\/docker\.sock ps -a': exited with status 1/,
  )
  assert.match(down, /Cannot connect to the Docker daemon/)
  assert.match(
    await run(`${agent} --containerizers=docker --docker=/no/docker`),
    /^1 [\s\S]*Failed to get docker version: [\s\S]*exited with status 127/,
  )
  await ok(a1, 'systemctl start docker mesos-agent')
  await active(a1)
})

test('orphans are removed at a start, other containers are not', async () => {
  const a1 = host('a1')
  await ok(a1, 'systemctl stop mesos-agent')
  for (const name of ['mesos-0b0c6d1e-6f0a-4b7e-9d7e-1f2a3b4c5d6e', 'mesos-foo', 'marathon'])
    await ok(a1, `docker run -d --name ${name} bb:1 sleep 600`)
  await ok(a1, 'systemctl start mesos-agent')
  await active(a1)
  assert.is(await ok(a1, "docker ps --format '{{.Names}}' | sort | paste -sd' '"), 'marathon mesos-foo')
  await ok(a1, 'docker rm -f marathon mesos-foo')
})

/** An agent is let in with the right secret only, and is asked with a login only. */
async function guardedAgent(m1: SandboxHost): Promise<void> {
  const agent = `timeout 10 mesos-agent --master=${m1.address}:5055 --work_dir=/tmp/guarded-agent --port=5077 --launcher=posix --systemd_enable_support=false`
  await ok(m1, 'umask 077; cat >/tmp/wrong', JSON.stringify({ principal: 'ops', secret: 'wrong' }))
  const refused = await m1.sh(`${agent} --credential=/tmp/wrong 2>&1`)
  assert.is(refused.code, 1)
  assert.match(refused.stdout, /refused authentication/)
  assert.match(
    await ok(m1, journal('-u guarded -o cat')),
    /Refusing registration of agent at slave\(1\)@.*:5077 because it is not authenticated/,
  )
  await ok(m1, 'umask 077; cat >/tmp/right', JSON.stringify({ principal: 'ops', secret: 's3cret' }))
  const http = '--http_credentials=/tmp/credentials --authenticate_http_readonly --authenticate_http_readwrite'
  await ok(
    m1,
    `systemd-run -q --unit=guarded-agent ${agent.replace('timeout 10 ', '')} --ip=${m1.address} --credential=/tmp/right ${http}`,
  )
  await eventually('it is registered', async () =>
    /Registered agent/.test(await log(m1, 'guarded')) ? true : undefined,
  )
  const agentStatus = async (path: string, headers = {}): Promise<number> =>
    (await fetch(`http://${m1.address}:5077${path}`, { headers })).status
  for (const path of ['/health', '/state', '/flags', '/metrics/snapshot', '/version']) {
    assert.is(await agentStatus(path), path === '/health' || path === '/version' ? 200 : 401, path)
    assert.is(
      await agentStatus(path, { Authorization: `Basic ${Buffer.from('ops:s3cret').toString('base64')}` }),
      200,
      path,
    )
  }
}

test('who may ask, by realms; frameworks and agents by their secrets', async () => {
  const m1 = host('m1')
  await ok(
    m1,
    'umask 077; cat >/tmp/credentials',
    JSON.stringify({ credentials: [{ principal: 'ops', secret: 's3cret' }] }),
  )
  const flags =
    '--authenticate_http_readonly --authenticate_http_readwrite --authenticate_agents --authenticate_frameworks --credentials=/tmp/credentials'
  await ok(
    m1,
    `systemd-run -q --unit=guarded mesos-master --port=5055 --ip=${m1.address} --hostname=localhost --work_dir=/tmp/guarded ${flags}`,
  )
  const status = async (path: string, user?: string, method = 'GET'): Promise<string> => {
    const headers = {
      'Content-Type': 'application/json',
      ...(user && { Authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
    }
    const body = method === 'POST' ? { body: '{"type":"GET_HEALTH"}' } : {}
    const answer = await fetch(`http://${m1.address}:5055${path}`, { method, headers, redirect: 'manual', ...body })
    return `${answer.status} ${answer.headers.get('www-authenticate') ?? ''}`.trim()
  }
  await eventually('it serves', async () => ((await status('/health')) === '200' ? true : undefined))
  const [read, write] = ['readonly', 'readwrite'].map((realm) => `401 Basic realm="mesos-master-${realm}"`)
  // As recorded, without credentials.
  for (const [path, wanted] of [
    ['/version', '200'],
    ['/redirect', '307'],
    ['/', '200'],
    ['/state', read],
    ['/slaves', read],
    ['/flags', read],
    ['/metrics/snapshot', read],
    ['/maintenance/schedule', write],
  ] as const) {
    assert.is(await status(path), wanted, path)
    if (wanted === read || wanted === write) {
      assert.is(await status(path, 'ops:wrong'), wanted, path)
      assert.is(await status(path, 'ops:s3cret'), '200', path)
    }
  }
  assert.is(await status('/api/v1', undefined, 'POST'), write)
  assert.is(await status('/api/v1', 'ops:s3cret', 'POST'), '200')
  assert.is(await status('/api/v1/scheduler', undefined, 'POST'), '401 Basic realm="mesos-master-scheduler"')
  await guardedAgent(m1)
  await ok(m1, 'systemctl stop guarded guarded-agent')
})

test('on cgroup v2 Docker tasks run; a restart of the agent ends them where there is no memory controller, and a plain command ends the agent', async () => {
  const [a3] = (await box.up([{ name: 'a3', layer: STANDINS }])) as [SandboxHost]
  await install([a3])
  await ok(a3, 'mkdir -p /var/lib/mesos')
  const on = own(a3, { ISOLATION: 'posix/cpu,posix/mem' })
  await startAgent(a3, on)
  await busyboxImage(a3)
  await active(a3)
  const framework = await web('two', a3, 31006)
  const command = (name: string, value: string): void =>
    framework.launch(
      {
        name,
        task_id: { value: name },
        resources: webTask('', 0).resources.slice(0, 2),
        command: { shell: true, value },
      },
      a3.address,
    )
  const controllers = await ok(a3, 'cat /sys/fs/cgroup/cgroup.controllers')
  await ok(a3, 'systemctl restart mesos-agent')
  await active(a3)
  if (controllers.split(' ').includes('memory')) assert.ok((await ask(`http://${a3.address}:31006/`)).ok)
  else assert.is((await framework.state('two', 'FAILED')).message, 'Container exited with status 137')
  command('plain', 'sleep 100')
  assert.is((await framework.state('plain', 'FAILED')).reason, 'REASON_EXECUTOR_TERMINATED')
  assert.match(await log(a3, 'mesos-agent'), /Check failed: cgroups2::exists\(flags\.cgroups_root\)/)
  await startAgent(a3, { ...on, AGENT_SUBSYSTEMS: '' })
  await active(a3)
  command('better', 'exit 0')
  assert.is((await framework.state('better', 'FINISHED')).message, 'Command exited with status 0')
  await framework.call('TEARDOWN')
  await ok(a3, 'systemctl stop mesos-agent')
})

test('a framework that dies has its time to come back; what it was not told is told again; without it its tasks end', async () => {
  const a1 = host('a1')
  const framework = await web('orphaned', a1, 31007)
  framework.acknowledges = false
  framework.launch(webTask('untold', 31008), a1.address)
  await framework.state('untold', 'STARTING')
  framework.disconnect()
  await framework.resubscribe(at(await leader(), ''))
  framework.acknowledges = true
  await eventually('it is told again', async () =>
    framework.states('untold').filter((s) => s === 'STARTING').length > 1 ? true : undefined,
  )
  await framework.state('untold', 'RUNNING')
  await framework.call('TEARDOWN')
  const brief = await TestFramework.subscribe(at(await leader(), ''), { name: 'brief', failover_timeout: 0.5 })
  brief.launch(webTask('brief', 31009, { kill_policy: { grace_period: { nanoseconds: 1e9 } } }), a1.address)
  await brief.state('brief', 'RUNNING')
  brief.disconnect()
  await eventually('its container is gone', async () =>
    (await ask(`http://${a1.address}:31009/`).catch(() => undefined)) === undefined ? true : undefined,
  )
  const { completed_frameworks } = (await (await ask(at(await leader(), '/frameworks'))).json()) as {
    completed_frameworks: { id: string }[]
  }
  assert.ok(completed_frameworks.some((f) => f.id === brief.id))
})

test.run()
