/** The Marathon stand-in from its image, with a real ZooKeeper, the Mesos stand-ins, and Docker. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Events } from '../../contract/marathon/events.ts'
import { send } from '../../contract/send.ts'
import { withArtifacts } from '../../support/artifacts.ts'
import { withHosts } from '../../support/hosts.ts'
import { loadImage, startMarathon } from '../../support/marathon.ts'
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
import { standIn } from '../../support/parts.ts'
import { eventually } from '../../support/until.ts'

interface Task {
  readonly id: string
  readonly host: string
  readonly ports: readonly number[]
  readonly state: string
  readonly version: string
  readonly healthCheckResults?: readonly { readonly alive: boolean }[]
}
interface App {
  readonly tasks: readonly Task[]
  readonly deployments: readonly unknown[]
  readonly lastTaskFailure?: { readonly message: string }
}

const test = suite('marathon stand-in on hosts')
const { box, host } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['marathon'])

const [FIRST, SECOND] = ['m', 'a'] as const
const at = (name: string): string => `${host(name).address}:8080`
const ask = (name: string, method: string, path: string, body?: object) =>
  send(at(name), {
    method,
    path,
    headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
const get = async <T>(name: string, path: string): Promise<T> => JSON.parse((await ask(name, 'GET', path)).body) as T
const app = async (name: string, id: string): Promise<App> => (await get<{ app: App }>(name, `/v2/apps${id}`)).app
const leaderOf = async (name: string): Promise<string> => (await get<{ leader: string }>(name, '/v2/leader')).leader
const containers = async (): Promise<string[]> =>
  (await Promise.all(['a', 'b'].map((name) => ok(host(name), 'docker ps -q --no-trunc --filter name=^mesos-'))))
    .flatMap((text) => text.split('\n').filter(Boolean))
    .sort()

/** Waits until an app is deployed, with so many tasks that run and are healthy; gives them. */
const deployed = (name: string, id: string, count: number): Promise<readonly Task[]> =>
  eventually(
    `${count} of ${id}`,
    async () => {
      const { tasks, deployments } = await app(name, id)
      const good = tasks.filter((t) => t.state === 'TASK_RUNNING' && t.healthCheckResults?.some((r) => r.alive))
      return deployments.length === 0 && good.length === count && tasks.length === count ? good : undefined
    },
    120,
  )

/** A web server in Docker that says which version it is. */
const web = (id: string, protocol: string, version: string, more: object = {}) => ({
  id,
  cmd: `mkdir -p /tmp/w; echo ${version} >/tmp/w/index.html; exec httpd -f -p ${protocol === 'HTTP' ? '$PORT0' : '80'} -h /tmp/w`,
  cpus: 0.2,
  mem: 32,
  instances: 2,
  ...(protocol === 'HTTP'
    ? {
        container: { type: 'DOCKER', docker: { image: 'bb:1' } },
        networks: [{ mode: 'host' }],
        portDefinitions: [{ port: 0 }],
        requirePorts: false,
      }
    : {
        container: { type: 'DOCKER', docker: { image: 'bb:1' }, portMappings: [{ containerPort: 80, hostPort: 0 }] },
        networks: [{ mode: 'container/bridge' }],
      }),
  healthChecks: [
    {
      protocol,
      path: '/',
      portIndex: 0,
      intervalSeconds: 1,
      gracePeriodSeconds: 30,
      timeoutSeconds: 2,
      delaySeconds: 1,
    },
  ],
  taskKillGracePeriodSeconds: 1, // its process 1 does not end by itself
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
  ...more,
})

test.before(async () => {
  await box.up(['m', 'a', 'b'].map((name) => ({ name, layer: STANDINS, unified: false })))
  const all = ['m', 'a', 'b'].map(host)
  await zooKeeperOn([host('m')])
  await install(all)
  const zk = zkUrl([host('m')])
  await startMaster(host('m'), masterEnv(host('m'), zk, 1))
  await Promise.all(['a', 'b'].map((name) => startAgent(host(name), agentEnv(host(name), zk))))
  await Promise.all(['a', 'b'].map((name) => busyboxImage(host(name))))
  await ok(host('m'), 'systemctl start docker')
  const image = await standIn('marathon')
  await loadImage([host(FIRST), host(SECOND)], (await artifacts.offer(image.file)).url)
  for (const name of [FIRST, SECOND])
    await startMarathon(host(name), image, {
      master: zk,
      zk: zk.replace(/mesos$/, 'marathon'),
      hostname: host(name).address,
      mesos_user: 'root',
      enable_features: 'task_killing',
    })
})

test('it comes up from its image, says what it is, and registers with Mesos', async () => {
  await eventually('both serve', async () =>
    (await ask(FIRST, 'GET', '/ping')).status === 200 && (await ask(SECOND, 'GET', '/ping')).status === 200
      ? true
      : undefined,
  )
  const log = await ok(host(FIRST), 'docker logs marathon 2>&1 | head -1')
  assert.match(log, /This is a stand-in for Marathon 1\.11\.26, for tests\. It is not Marathon\.$/)
  assert.match(
    await ok(host(FIRST), "docker inspect -f '{{json .Config.Labels}} {{.Config.User}}' marathon"),
    /it is not Marathon.* nobody$/,
  )
  const id = await eventually(
    'it is registered',
    async () => (await get<{ frameworkId: string | null }>(FIRST, '/v2/info')).frameworkId ?? undefined,
  )
  const { frameworks } = (await (await fetch(`http://${host('m').address}:5050/master/frameworks`)).json()) as {
    frameworks: { id: string; name: string; active: boolean }[]
  }
  assert.equal(
    frameworks.map((f) => [f.id, f.name, f.active]),
    [[id, 'marathon', true]],
  )
})

for (const protocol of ['HTTP', 'MESOS_HTTP'])
  test(`an app in Docker, checked with ${protocol}, and a rolling change of it`, async () => {
    const id = `/web-${protocol.toLowerCase().replace('_', '-')}`
    assert.is((await ask(FIRST, 'POST', '/v2/apps', web(id, protocol, 'one'))).status, 201)
    const before = await deployed(FIRST, id, 2)
    const said = (task: Task): Promise<string> => fetch(`http://${task.host}:${task.ports[0]}/`).then((r) => r.text())
    assert.equal(await Promise.all(before.map(said)), ['one\n', 'one\n'])
    const events = new Events(await leaderOf(FIRST))
    await eventually('it is followed', async () => events.seen.length > 0 || undefined)
    assert.is((await ask(FIRST, 'PUT', `/v2/apps${id}`, web(id, protocol, 'two'))).status, 200)
    const least: number[] = []
    await eventually(
      'it is deployed',
      async () => {
        const { tasks, deployments } = await app(FIRST, id)
        least.push(tasks.filter((t) => t.healthCheckResults?.some((r) => r.alive)).length)
        return deployments.length === 0 || undefined
      },
      120,
    )
    assert.ok(Math.min(...least) >= 2, `never fewer than two: ${least}`)
    const after = await deployed(FIRST, id, 2)
    assert.equal(await Promise.all(after.map(said)), ['two\n', 'two\n'])
    assert.equal(
      after.filter((t) => before.some((b) => b.id === t.id)),
      [],
    )
    const states = new Set(events.seen.flatMap((e) => (e.eventType === 'status_update_event' ? [e.taskStatus] : [])))
    assert.equal([...states].sort(), ['TASK_KILLED', 'TASK_KILLING', 'TASK_RUNNING', 'TASK_STARTING'])
    events.close()
  })

test('a container that dies is started again: the same instance, the next number', async () => {
  const [task] = await deployed(FIRST, '/web-http', 2)
  const { id, host: address } = task as Task
  const where = host(['a', 'b'].find((name) => host(name).address === address) as string)
  await ok(
    where,
    `docker rm -f $(docker ps -q --filter name=^mesos- | xargs docker inspect -f '{{.Id}} {{.Config.Env}}' | grep -F 'MESOS_TASK_ID=${id}' | cut -d' ' -f1)`,
  )
  const next = id.replace(/\d+$/, (n) => String(Number(n) + 1))
  const tasks = await eventually('its successor runs', async () => {
    const found = await deployed(FIRST, '/web-http', 2)
    return found.some((t) => t.id === next) ? found : undefined
  })
  assert.is(tasks.filter((t) => t.id === id).length, 0)
  assert.match((await app(FIRST, '/web-http')).lastTaskFailure?.message ?? '', /^Container exited with status/)
})

test('the leader goes, in each of the ways it can: its tasks run on, and another one leads', async () => {
  const before = await containers()
  assert.is(before.length, 4)
  const ways = [
    (leader: string) => ask(leader === FIRST ? SECOND : FIRST, 'DELETE', '/v2/leader'),
    (leader: string) => ok(host(leader), 'docker kill marathon'),
    () => ok(host('m'), 'systemctl restart mesos-master'),
  ]
  for (const way of ways) {
    const was = await eventually('somebody leads', () => leaderOf(FIRST))
    const ends = () => ok(host(was === at(FIRST) ? FIRST : SECOND), 'systemctl show -P NRestarts marathon')
    const ended = await ends()
    await way(was === at(FIRST) ? FIRST : SECOND)
    await eventually('it has ended', async () => (await ends()) !== ended || undefined)
    await eventually('both serve', async () => {
      const leaders = [await leaderOf(FIRST), await leaderOf(SECOND)]
      return leaders[0] === leaders[1] && leaders[0] !== undefined ? true : undefined
    })
    await eventually('it is registered', async () => {
      const { frameworks } = (await (await fetch(`http://${host('m').address}:5050/master/frameworks`)).json()) as {
        frameworks: { active: boolean }[]
      }
      return frameworks.length === 1 && frameworks[0]?.active ? true : undefined
    })
    assert.equal(await containers(), before)
  }
  for (const id of ['/web-http', '/web-mesos-http']) await deployed(FIRST, id, 2)
  assert.equal(await containers(), before)
})

test('what is deleted is gone', async () => {
  for (const id of ['/web-http', '/web-mesos-http'])
    assert.is((await ask(SECOND, 'DELETE', `/v2/apps${id}`)).status, 200)
  await eventually('no container runs', async () => (await containers()).length === 0 || undefined)
  assert.equal((await get<{ apps: unknown[] }>(FIRST, '/v2/apps')).apps, [])
})

test.run()
