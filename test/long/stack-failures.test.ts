/**
 * The whole stack, while parts of it fail, are replaced and are configured anew: the app answers. (Mesos and Marathon
 * are stand-ins, unless real ones are given: docs/sandbox.md.)
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type MesosStatus, mesosSays } from '../../src/model/task-health.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { sayEnds } from '../support/journal.ts'
import { inShare } from '../support/load.ts'
import { nothingLost, ok, outcomes, until, withStack } from '../support/stack.ts'
import { restarts } from '../support/stack-state.ts'
import type { Load } from '../support/tally.ts'

const test = suite('failures of the whole stack, on hosts')
const stack = await withStack(test, import.meta.url, { ownImage: true })

/** The variables that the cluster has by now. */
let settings: Readonly<Record<string, object>> = {}

const pidOf = (host: SandboxHost, unit: string): Promise<string> =>
  ok(host, `systemctl show -p MainPID --value ${unit}`)

/** Kills a unit's process as a crash would, and waits until systemd has started another. */
async function crash(host: SandboxHost, unit: string): Promise<void> {
  const old = await pidOf(host, unit)
  await ok(host, `systemctl kill -s KILL ${unit}`)
  await until(`${unit} is started again`, async () => ![old, '0'].includes(await pidOf(host, unit)), 200)
}

/** Work while requests come in: so many at least, of which none may be lost. */
async function underLoad(atLeast: number, work: () => Promise<unknown>): Promise<Load> {
  const client = stack.load()
  try {
    await client.reach(100)
    await work()
    await client.reach(Math.max(inShare(atLeast), client.sent + 100))
  } finally {
    await client.stop()
  }
  return client.stop()
}

const hostAt = (address: string): SandboxHost =>
  [...stack.masters, ...stack.slaves].find((host) => host.address === address) as SandboxHost

/** Where its servers say that Consul's leader is. */
const consulLeader = async (): Promise<SandboxHost> =>
  hostAt(
    (await ok(stack.host('master-1'), 'curl -sf http://127.0.0.1:8500/v1/status/leader')).replace(/^"|:\d+"$/g, ''),
  )

/**
 * The tasks of the app as Marathon lists them, and whether Mesos calls them healthy: after a change of its leader
 * Marathon may not know.
 */
const tasks = async (): Promise<readonly { id: string; host: string; state: string; alive: boolean }[]> => {
  const leads = await stack.leader()
  const ask = async <T>(url: string): Promise<T> =>
    JSON.parse(await ok(leads, `curl -sfL 'http://${leads.address}:${url}'`))
  const { tasks: all } = await ask<{ tasks: { id: string; host: string; state: string }[] }>(
    '8080/v2/apps/rails-app/tasks',
  )
  const known = await ask<{ tasks: { id: string; statuses: MesosStatus[] }[] }>('5050/tasks?limit=1000')
  const well = new Set(known.tasks.filter(({ statuses }) => mesosSays(statuses) === true).map(({ id }) => id))
  return all.map(({ id, host, state }) => ({ id, host, state, alive: well.has(id) }))
}
const allWell = (): Promise<void> =>
  until('four tasks are well', async () => (await tasks()).filter(({ alive }) => alive).length === 4, 500)

test('bare hosts, and the app with four tasks', async () => {
  await stack.converge()
  const result = await stack.deploys({ version: 'v1', constraints: [['hostname', 'MAX_PER', '4']] })
  assert.is(result.outcome, 'live', result.reason)
})

test('the registrar, consul-template and the leaders of Consul, Mesos and Marathon crash, one after the other: nothing is lost', async () => {
  const [slave] = stack.slaves as [SandboxHost]
  const load = await underLoad(1000, async () => {
    await crash(slave, 'provision-registrar')
    await crash(slave, 'consul-template')
    await crash(await consulLeader(), 'consul')
    await crash(await stack.leader(), 'marathon')
    await crash(await stack.leader(), 'mesos-master')
    await stack.green()
  })
  nothingLost(load, 1000)
  assert.is((await tasks()).filter(({ alive }) => alive).length, 4)
})

for (const [what, vars] of [
  ['ZooKeeper', { zookeeper: { syncLimit: 6 } }],
  ['Mesos masters', { 'mesos-master': { cluster: 'test' } }],
  ['Consul', { consul: { logLevel: 'DEBUG' } }],
  ['Marathon', { marathon: { taskLaunchConfirmTimeout: 310_000 } }],
] as const) {
  test(`a setting of ${what} is rolled, one member at a time: nothing is lost`, async () => {
    const load = await underLoad(500, async () => {
      settings = { ...settings, ...vars }
      const { events, hosts } = await stack.converge(settings)
      const waited = events.flatMap((event) => (event.event === 'waiting' ? [event.host] : []))
      const changed = hosts.filter(({ outcome }) => outcome === 'changed').map(({ host }) => host)
      for (const name of ['master-1', 'master-2', 'master-3'])
        assert.ok(changed.includes(name), `${name}: ${outcomes({ hosts } as never)[name]}`)
      assert.ok(waited.length > 0, 'nobody waited for anybody')
      await stack.green()
    })
    nothingLost(load, 500)
  })
}

test("Docker's settings on the slaves: each is drained, changed and taken back, and nothing is lost", async () => {
  const before = new Set((await tasks()).map(({ id }) => id))
  const load = await underLoad(2000, async () => {
    settings = { ...settings, docker: { logMaxFiles: 4 } }
    const result = await stack.converge(settings)
    for (const { name } of stack.slaves) assert.is(outcomes(result)[name], 'changed')
    await allWell()
    await stack.green()
  })
  nothingLost(load, 2000)
  const now = await tasks()
  assert.equal(
    now.filter(({ id }) => before.has(id)).map(({ id }) => id),
    [],
    'every task has moved',
  )
  for (const host of stack.slaves) assert.match(await ok(host, 'cat /etc/docker/daemon.json'), /"max-file": "4"/)
})

test('a slave that loses its power costs what was under way there, and comes back with nothing stale', async () => {
  const [dead] = stack.slaves as [SandboxHost]
  // the drains have left all tasks on one slave
  const spread = await stack.deploys({ version: 'v2', constraints: [['hostname', 'MAX_PER', '3']] })
  assert.is(spread.outcome, 'live', spread.reason)
  const client = stack.load()
  await client.reach(200)
  const [before, open] = [client.sent, client.open]
  await stack.box.kill(dead.name)
  await until(
    'it is taken out',
    () => client.changes.some(({ target, in: isIn }) => target === dead.address && !isIn),
    50,
  )
  const out = client.sent
  await stack.box.boot(dead.name)
  await until(
    'it is brought in again',
    () => client.changes.filter(({ target, in: isIn }) => target === dead.address && isIn).length > 0,
    200,
  )
  await allWell()
  await client.reach(client.sent + 400)
  const load = await client.stop()
  assert.equal(
    Object.keys(load.kinds).filter((kind) => !kind.endsWith(dead.address)),
    [],
    `lost elsewhere: ${JSON.stringify(load)}`,
  )
  assert.ok(
    load.lost <= Math.ceil((out - before) / 2) + open + 10,
    `${load.lost} lost, ${open} open and ${out - before} sent until it was taken out: ${JSON.stringify(load)}`,
  )
  console.error(`power cut: ${load.lost} of ${load.sent} lost, ${out - before} sent until it was taken out`)
  await stack.green()
})

test('hosts that are made anew, bare, come back by one run, which restarts nothing on any other host', async () => {
  const master = await stack.leader()
  for (const name of [master.name, 'slave-2']) {
    const others = [...stack.masters, ...stack.slaves].map((host) => host.name).filter((each) => each !== name)
    await stack.reset(name)
    await stack.leader() // the lost one's session is over
    // a Marathon that was connected to that host's ZooKeeper ends, and systemd starts it anew: that is the failure, not
    // the run
    await until(
      'the others have got over it',
      async () =>
        Object.entries(await stack.processes(others)).every(
          ([of, { start }]) => !/^master-\d marathon/.test(of) || !start.startsWith('0 '),
        ),
      1000,
    )
    const before = await stack.processes(others)
    const result = await stack.converge(settings)
    assert.equal(
      Object.entries(outcomes(result))
        .filter(([, outcome]) => outcome === 'changed')
        .map(([host]) => host),
      [name],
    )
    await stack.green()
    const { stopped, ended } = restarts(before, await stack.processes(others))
    assert.equal(stopped, [])
    // Mesos and Marathon end themselves where they cannot go on (a session of ZooKeeper, the registry, the other's leader),
    // whenever that is noticed: nobody else may
    if (ended.length > 0) await sayEnds(stack.box)
    assert.equal(
      ended.filter((of) => !/ (mesos-master|marathon)$/.test(of)),
      [],
    )
    await allWell()
  }
})

test.run()
