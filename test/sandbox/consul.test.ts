/**
 * The recipes consul and consul-server with the real Consul: formed, rolled, replaced. consul-grows.test.ts has it
 * growing, test/long/consul.test.ts from its package and with its secrets.
 */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { RunResult } from '../../src/index.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { type LabVars, lab, ok, says, writer } from '../support/consul.ts'
import { withHosts } from '../support/hosts.ts'
import { memory } from '../support/memory.ts'
import { wereOneAtATime } from '../support/one-at-a-time.ts'
import { eventually, until } from '../support/until.ts'
import { apply, finish, LAYER, outcomes, reasons } from '../support/zookeeper.ts'

const test = suite('consul on hosts')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul'])
const facts = memory()
const SERVERS = ['s-1', 's-2', 's-3']
const named = (...names: readonly string[]): readonly SandboxHost[] => names.map((name) => box.host(name))
const all = () => named(...SERVERS, 'c-1')
/** The cluster of three servers and a client. */
const ours = (vars: LabVars = {}): Promise<Cluster> => lab(all(), artifacts, vars)

const every = (result: RunResult, outcome: string): void =>
  assert.deepEqual([...new Set(Object.values(outcomes(result)))], [outcome], reasons(result))
const turns = (result: { events: readonly { event: string; host?: string }[] }): readonly string[] =>
  result.events.filter((e) => e.event === 'applying').map((e) => e.host as string)
const pids = (...names: readonly string[]): Promise<readonly string[]> =>
  Promise.all(named(...names).map((host) => ok(host, 'systemctl show --value -p MainPID consul')))
const leader = (): Promise<string> =>
  eventually('a server leads', async () => {
    const address = (await ok(box.host('s-1'), 'curl -s 127.0.0.1:8500/v1/status/leader')).replace(/^"|:.*/g, '')
    return all().find((host) => host.address === address)?.name
  })
/** Waits until each component says this: for some seconds after a stall, Consul's servers call each other unhealthy. */
const allSay = (wanted: () => Promise<readonly string[]>): Promise<void> =>
  until('all is said', async () => {
    assert.deepEqual(await says(await ours()), await wanted())
    return true
  })
test('three servers and a client, one of them Debian 13, become a cluster in one run; the second one changes nothing', async () => {
  // a server and the client are bare; the others have unzip, which is all of Debian that the recipes need
  const [bare = '', ...others] = SERVERS
  await box.up([{ name: bare }, ...others.map((name) => ({ name, layer: LAYER })), { name: 'c-1', release: '13' }])
  const first = await finish(apply, await ours(), facts)
  every(first, 'changed')
  const done = first.events.findIndex((e) => e.event === 'verifying')
  assert.deepEqual(
    [...turns({ events: first.events.slice(0, done) })].sort(),
    SERVERS,
    'servers start side by side, and before clients',
  )
  const second = await finish(apply, await ours(), facts)
  every(second, 'in-sync')
  assert.deepEqual(
    second.hosts.map((h) => h.cost.execs),
    [1, 1, 1, 1],
  )
  await allSay(async () => {
    const lead = await leader()
    return [
      'c-1 consul: client',
      ...SERVERS.flatMap((s) => [
        `${s} consul-server: ${s === lead ? 'leader' : 'follower'}, 3 of 3 servers healthy`,
        `${s} consul: agent`,
      ]),
    ].sort()
  })
  for (const host of all()) {
    assert.equal(await ok(host, 'systemctl is-system-running --wait || systemctl --failed'), 'running')
    assert.equal(
      await ok(host, 'stat -c "%U %a" /var/lib/consul; stat -c "%U:%G %a" /etc/consul.d/consul.json'),
      'consul 700\nroot:consul 640',
    )
    assert.match(
      await ok(host, 'consul version | head -n 1; readlink /usr/local/bin/consul'),
      /^Consul v(\S+)\n\/opt\/consul-\1\/consul$/,
    )
  }
})

test('a change is rolled under writes: followers, then the leader, one at a time, nothing lost', async () => {
  const lead = await leader()
  const writes = await writer(box.host('c-1'))
  const result = await finish(apply, await ours({ servers: { logLevel: 'DEBUG' } }), facts)
  const { written, lost, slowest } = await writes.stop()
  assert.deepEqual(
    outcomes(result),
    { 's-1': 'changed', 's-2': 'changed', 's-3': 'changed', 'c-1': 'in-sync' },
    reasons(result),
  )
  assert.equal(turns(result).at(-1), lead, `the leader ${lead} goes last: ${turns(result)}`)
  await wereOneAtATime(named(...SERVERS), 'consul')
  assert.deepEqual(lost, [])
  assert.ok(written > 50, `only ${written} writes`)
  assert.ok(slowest < 30_000, `a write took ${slowest} ms`)
  console.log(`${written} writes, 0 lost, slowest ${slowest} ms`)
})

test('a client is restarted without the quorum', async () => {
  const before = await pids(...SERVERS)
  const result = await finish(
    apply,
    await ours({ servers: { logLevel: 'DEBUG' }, clients: { logLevel: 'WARN' } }),
    facts,
  )
  assert.equal(outcomes(result)['c-1'], 'changed', reasons(result))
  assert.deepEqual(await pids(...SERVERS), before)
  assert.ok(!result.events.some((e) => e.event === 'waiting'))
})

test('a client whose servers are away is applied, and says what it lacks', async () => {
  await Promise.all(named(...SERVERS).map((host) => ok(host, 'systemctl stop consul')))
  const alone = await finish(apply, await ours({ clients: { logLevel: 'INFO' } }), facts, { only: ['c-1'] })
  assert.deepEqual(outcomes(alone), { 'c-1': 'changed' }, reasons(alone))
  assert.match(reasons(alone), /no server answers it|the servers have no leader/)
  const mended = await finish(apply, await ours(), facts)
  assert.deepEqual(
    outcomes(mended),
    { 's-1': 'changed', 's-2': 'changed', 's-3': 'changed', 'c-1': 'in-sync' },
    reasons(mended),
  )
})

test("a server's host that cannot be reached: nothing is restarted, and the run says why", async () => {
  const before = await pids('s-1', 's-2')
  await box.cut('s-3')
  const result = await finish(apply, await ours({ servers: { logLevel: 'WARN' } }), facts)
  await box.heal('s-3')
  assert.deepEqual(
    [outcomes(result)['s-1'], outcomes(result)['s-2'], outcomes(result)['s-3']],
    ['blocked', 'blocked', 'unreachable'],
    reasons(result),
  )
  assert.match(
    result.hosts[0]?.reason ?? '',
    /s-3 cannot be reached, and a quorum is restarted only while every member answers/,
  )
  assert.deepEqual(await pids('s-1', 's-2'), before)
})

test('a configuration that Consul refuses never gets to its place', async () => {
  const before = await pids(...SERVERS)
  const result = await finish(
    apply,
    await ours({ servers: { settings: { performance: { leave_drain_time: 'fast' } } } }),
    facts,
    {
      only: SERVERS,
    },
  )
  assert.equal(turns(result).length, 1, reasons(result))
  assert.match(reasons(result), /file \/etc\/consul\.d\/consul\.json failed/)
  assert.match(reasons(result), /leave_drain_time/)
  assert.deepEqual(await pids(...SERVERS), before)
  // a restart is owed from before the file was tried out: the next run does it
  const after = await finish(apply, await ours(), facts)
  assert.deepEqual(turns(after), turns(result), reasons(after))
})

test('a configuration that keeps the first server from coming up leaves the others untouched', async () => {
  const before = await pids(...SERVERS)
  // by whom no inventory can know
  const listen = 'systemd-run -q --unit=another --socket-property=ListenStream=0.0.0.0:8699 true'
  for (const name of SERVERS) await ok(box.host(name), listen)
  const taken = await ours({ servers: { ports: { dns: 8699 } } })
  const refused = await finish(apply, taken, facts, { only: SERVERS })
  assert.match(reasons(refused), /Port 8699, which consul wants, is taken by systemd/)
  assert.deepEqual(await pids(...SERVERS), before)
  const result = await finish(apply, taken, facts, { only: SERVERS, allow: ['port-in-use'] })
  const [first = '', ...more] = turns(result)
  assert.deepEqual(more, [], `only one may be touched: ${turns(result)}`)
  assert.equal(outcomes(result)[first], 'failed', reasons(result))
  const others = SERVERS.filter((name) => name !== first)
  assert.deepEqual([...new Set(others.map((name) => outcomes(result)[name]))], ['blocked'])
  assert.deepEqual(
    await pids(...others),
    before.filter((_, i) => SERVERS[i] !== first),
  )
  const said = result.hosts.find(({ host }) => host === first)?.output?.join('\n') ?? ''
  assert.match(said, /address already in use/)
  assert.match(said, /Put back, and consul\.service runs with that again/)
  for (const name of SERVERS) await ok(box.host(name), 'systemctl stop another.socket')
  every(await finish(apply, await ours(), facts), 'in-sync')
})

test('a server whose host is made anew comes back by one run, and nobody else is restarted', async () => {
  const lost = await leader()
  const others = [...SERVERS, 'c-1'].filter((name) => name !== lost)
  await ok(box.host('c-1'), 'until [ "$(curl -s -X PUT -d yes 127.0.0.1:8500/v1/kv/kept)" = true ]; do sleep .1; done')
  const before = await pids(...others)
  await box.reset(lost)
  const result = await finish(apply, await ours(), facts)
  assert.deepEqual(
    Object.entries(outcomes(result)).filter(([, outcome]) => outcome !== 'in-sync'),
    [[lost, 'changed']],
    reasons(result),
  )
  assert.deepEqual(await pids(...others), before)
  const healthy = new RegExp(`${lost} consul-server: \\w+, 3 of 3 servers healthy`)
  await until('it is healthy', async () => healthy.test((await says(await ours())).join('\n')), 500)
  assert.equal(await ok(box.host(lost), 'curl -s "127.0.0.1:8500/v1/kv/kept?raw&stale"'), 'yes')
  every(await finish(apply, await ours(), facts), 'in-sync')
})

test('an agent that loses its data comes back under its name, sooner than the others miss it', async () => {
  for (const name of ['c-1', 's-2']) {
    const host = box.host(name)
    const id = await ok(
      host,
      'systemctl kill -s KILL consul; systemctl stop consul; cat /var/lib/consul/node-id; rm -r /var/lib/consul',
    )
    const result = await finish(apply, await ours(), facts)
    assert.equal(outcomes(result)[name], 'changed', reasons(result))
    const own = await ok(host, 'cat /var/lib/consul/node-id')
    assert.notEqual(own, id)
    assert.equal(
      JSON.parse(await ok(host, `curl -s 127.0.0.1:8500/v1/catalog/node/${name}`)).Node.ID,
      own,
      'the catalogue has the new node',
    )
    every(await finish(apply, await ours(), facts), 'in-sync')
  }
})

test.run()
