/**
 * ZooKeeper is upgraded from Debian's 3.8.0 to a newer real version, under writes, and the run is killed in the middle.
 * PROVISION_NEWER_ZOOKEEPER names that one: apache-zookeeper-VERSION-bin.tar.gz as Apache publishes it.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { suite } from 'uvu'
import type { Cluster, RunResult } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withHosts } from '../support/hosts.ts'
import { until } from '../support/until.ts'
import { writer } from '../support/zk-client.ts'
import { apply, ensemble, finish, LAYER, memory, outcomes, plan, reasons, srvr } from '../support/zookeeper.ts'

const test = suite('ZooKeeper is upgraded')
const { box } = await withHosts(test, import.meta.url)
const tarball = resolve(process.env.PROVISION_NEWER_ZOOKEEPER ?? '')
const newer = /^apache-zookeeper-(\d+\.\d+\.\d+)-bin\.tar\.gz$/.exec(basename(tarball))?.[1] ?? ''
if (newer === '') {
  console.log('not run here: set PROVISION_NEWER_ZOOKEEPER to a newer apache-zookeeper-VERSION-bin.tar.gz')
  test.run = () => {}
}

const facts = memory()
let hosts: readonly SandboxHost[] = []
const before = (): Cluster => ensemble(hosts)
const upgraded = (): Cluster =>
  ensemble(hosts, {
    source: { tarball, sha512: createHash('sha512').update(readFileSync(tarball)).digest('hex'), version: newer },
  })
const every = (result: RunResult, outcome: string): void =>
  assert.deepEqual([...new Set(Object.values(outcomes(result)))], [outcome], reasons(result))
const running = () => Promise.all(hosts.map(srvr))
const versions = async (): Promise<readonly string[]> => [...new Set((await running()).map(({ version }) => version))]
const healthy = (): Promise<void> =>
  until('a leader has two followers', async () => {
    const modes = (await running()).map(({ mode }) => mode)
    return modes.toSorted().join() === 'follower,follower,leader'
  })

test('an ensemble of the older version', async () => {
  hosts = await box.up(['zk-1', 'zk-2', 'zk-3'].map((name) => ({ name, layer: LAYER })))
  every(await finish(apply, before(), facts), 'changed')
  await healthy()
  assert.deepEqual(await versions(), ['3.8.0'])
})

test('one by one, the leader last; killed in the middle; no write is lost', async () => {
  const lead = hosts[(await running()).findIndex(({ mode }) => mode === 'leader')]?.name
  const writes = await writer(
    hosts.map(({ address }) => address),
    '/upgraded',
  )
  const turns: string[] = []
  const stop = new AbortController()
  await finish(apply, upgraded(), facts, { signal: stop.signal }, (event) => {
    if (event.event === 'applying') turns.push(event.host)
    if (event.event === 'host' && event.outcome === 'changed') stop.abort()
  })
  assert.deepEqual([...(await versions())].toSorted(), ['3.8.0', newer], 'the first run did not upgrade all')
  const done = await finish(apply, upgraded(), facts, {}, (event) => {
    if (event.event === 'applying') turns.push(event.host)
  })
  const { written, lost, slowest } = await writes.stop()
  assert.equal(done.exitCode, 0, reasons(done))
  assert.deepEqual([turns.length, turns.at(-1)], [3, lead], `${turns}`)
  assert.deepEqual(await versions(), [newer])
  assert.deepEqual(lost, [])
  assert.ok(written > 50, `only ${written} writes`)
  console.error(`3.8.0 → ${newer}: ${written} writes, 0 lost, slowest ${Math.round(slowest)} ms`)
  await healthy()
  every(await finish(apply, upgraded(), facts), 'in-sync')
})

test('the way back is refused before anything is changed', async () => {
  for (const command of [plan, apply]) every(await finish(command, before(), facts), 'refused')
  assert.deepEqual(await versions(), [newer])
})

test.run()
