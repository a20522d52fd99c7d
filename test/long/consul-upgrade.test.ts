/**
 * Consul is upgraded from a real older version to the one that the other suites use, under writes, and the run is
 * killed in the middle. PROVISION_OLDER_CONSUL names the older one: consul_VERSION_linux_ARCH.zip as HashiCorp
 * publishes it.
 */
import assert from 'node:assert/strict'
import { basename, resolve } from 'node:path'
import { suite } from 'uvu'
import type { Cluster, RunResult } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { lab, ok, says, writer } from '../support/consul.ts'
import { withHosts } from '../support/hosts.ts'
import { memory } from '../support/memory.ts'
import { sha256Of } from '../support/parts/docker-archive.ts'
import { eventually, until } from '../support/until.ts'
import { apply, finish, LAYER, outcomes, plan, reasons } from '../support/zookeeper.ts'

const test = suite('Consul is upgraded')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul'])
const facts = memory()
const SERVERS = ['s-1', 's-2', 's-3']
const NAMES = [...SERVERS, 'c-1']
const zip = resolve(process.env.PROVISION_OLDER_CONSUL ?? '')
const older = /^consul_(\d+\.\d+\.\d+)_/.exec(basename(zip))?.[1] ?? ''
if (older === '') {
  console.log('not run here: set PROVISION_OLDER_CONSUL to an older consul_VERSION_linux_ARCH.zip')
  test.run = () => {}
}

const hosts = (): readonly SandboxHost[] => NAMES.map((name) => box.host(name))
/** The cluster on the version of all other suites. */
const upgraded = (): Promise<Cluster> => lab(hosts(), artifacts)
/** The cluster on the older version. */
async function before(): Promise<Cluster> {
  const source = { zip: (await artifacts.offer(zip)).url, sha256: await sha256Of(zip), version: older }
  return lab(hosts(), artifacts, { consul: { source } })
}
const every = (result: RunResult, outcome: string): void =>
  assert.deepEqual([...new Set(Object.values(outcomes(result)))], [outcome], reasons(result))
const pids = (): Promise<readonly string[]> =>
  Promise.all(hosts().map((host) => ok(host, 'systemctl show --value -p MainPID consul')))
/** The version that each agent says it runs. */
const running = (): Promise<readonly string[]> =>
  Promise.all(
    hosts().map(async (host) => JSON.parse(await ok(host, 'curl -s 127.0.0.1:8500/v1/agent/self')).Config.Version),
  )
const leader = (): Promise<string> =>
  eventually('a server leads', async () => {
    const address = (await ok(box.host('s-1'), 'curl -s 127.0.0.1:8500/v1/status/leader')).replace(/^"|:.*/g, '')
    return hosts().find((host) => host.address === address)?.name
  })
const healthy = async (cluster: Cluster): Promise<void> =>
  until('three servers are healthy', async () => {
    const lines = await says(cluster)
    return lines.every((line) => !line.includes('RED')) && lines.join().match(/3 of 3 servers healthy/g)?.length === 3
  })

test('a cluster of the older version', async () => {
  await box.up(NAMES.map((name) => ({ name, layer: LAYER })))
  every(await finish(apply, await before(), facts), 'changed')
  await healthy(await before())
  assert.deepEqual(
    await running(),
    NAMES.map(() => older),
  )
})

test('a client does not go ahead of its servers', async () => {
  const were = await pids()
  const refused = await finish(apply, await upgraded(), facts, { only: ['c-1'] })
  assert.deepEqual(outcomes(refused), { 'c-1': 'refused' }, reasons(refused))
  assert.match(reasons(refused), new RegExp(`${older.replaceAll('.', '\\.')}`))
  assert.deepEqual(await pids(), were)
})

test('servers one by one, the leader last, clients after them; killed in the middle; no write is lost', async () => {
  const cluster = await upgraded()
  const { version } = await artifacts.part('consul')
  const lead = await leader()
  const writes = await writer(box.host('c-1'))
  const turns: string[] = []
  const stop = new AbortController()
  await finish(apply, cluster, facts, { signal: stop.signal }, (event) => {
    if (event.event === 'applying') turns.push(event.host)
    if (event.event === 'host' && event.outcome === 'changed') stop.abort()
  })
  assert.ok((await running()).includes(older), 'the first run did not upgrade all')
  const done = await finish(apply, cluster, facts, {}, (event) => {
    if (event.event === 'applying') turns.push(event.host)
  })
  const { written, lost, slowest } = await writes.stop()
  assert.equal(done.exitCode, 0, reasons(done))
  assert.ok(turns.indexOf('c-1') > Math.max(...SERVERS.map((name) => turns.indexOf(name))), `${turns}`)
  assert.ok(
    SERVERS.every((name) => name === lead || turns.indexOf(name) < turns.indexOf(lead)),
    `${lead} leads: ${turns}`,
  )
  assert.deepEqual(
    await running(),
    NAMES.map(() => version),
  )
  assert.deepEqual(lost, [])
  assert.ok(written > 50, `only ${written} writes`)
  console.error(`${older} → ${version}: ${written} writes, 0 lost, slowest ${slowest} ms`)
  await healthy(cluster)
  every(await finish(apply, cluster, facts), 'in-sync')
})

test('the way back is refused before anything is changed', async () => {
  const were = await pids()
  for (const command of [plan, apply]) {
    const refused = await finish(command, await before(), facts)
    every(refused, 'refused')
    assert.match(reasons(refused), /an older version does not read/)
  }
  assert.deepEqual(await pids(), were)
})

test.run()
