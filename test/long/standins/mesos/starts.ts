import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../../../src/sandbox/index.ts'
import { journal } from '../../../support/journal.ts'
import { busyboxImage, install, ok, STANDINS, startAgent } from '../../../support/mesos.ts'
import { TestFramework, webTask } from '../../../support/mesos-framework.ts'
import { eventually } from '../../../support/until.ts'
import { active, ask, at, box, host, leader, log, own, test, web } from './ground.ts'

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
