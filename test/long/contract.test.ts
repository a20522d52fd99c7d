/**
 * What was recorded of a real Mesos and a real Marathon, replayed at a cluster as its roles make it: three hosts, of
 * which two are slaves too. (Mesos and Marathon are stand-ins, unless real ones are given: docs/sandbox.md.)
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { marathon } from '../contract/marathon/suite.ts'
import { mesos } from '../contract/mesos/suite.ts'
import { summary } from '../contract/replay.ts'
import { busyboxImage } from '../support/mesos.ts'
import { ok, withStack } from '../support/stack.ts'

const test = suite('the contract at a cluster as the roles make it')
const inZone = (rack: string): Readonly<Record<string, object>> => ({
  'mesos-agent': { attributes: { rack, zone: 'z1' } },
})
const stack = await withStack(test, import.meta.url, {
  masters: ['both-1', 'both-2', 'master-3'],
  slaves: ['both-1', 'both-2'],
  own: { 'both-1': inZone('r1'), 'both-2': inZone('r2') },
})

test('three bare hosts', async () => {
  await stack.converge({ 'mesos-master': { cluster: 'test' } })
  await stack.green()
})

test('Marathon answers as recorded', async () => {
  const { name, tally } = await marathon({ MARATHON: `${(await stack.leader()).address}:8080` })
  console.error(`${name}: ${summary(tally)}`)
  assert.equal(tally.different, [])
})

test('Mesos answers as recorded, beside a Marathon', async () => {
  const [slave] = stack.slaves as [SandboxHost]
  await ok(slave, 'apt-get -qq install -y busybox-static')
  await busyboxImage(slave)
  const metrics = (host: SandboxHost) => ok(host, `curl -sf http://${host.address}:5050/metrics/snapshot`)
  const leads = await Promise.all(
    stack.masters.map(async (host) => JSON.parse(await metrics(host))['master/elected'] === 1),
  )
  const [leader, follower] = [true, false].map((is) => stack.masters[leads.indexOf(is)]?.address)
  const { name, tally } = await mesos({
    MESOS_MASTER: `${leader}:5050`,
    MESOS_FOLLOWER: `${follower}:5050`,
    MESOS_AGENT: `${slave.address}:5051`,
    MESOS_IMAGE: 'bb:1',
    MESOS_CHANGES: 'yes',
  })
  console.error(`${name}: ${summary(tally)}`)
  assert.equal(tally.different, [])
})

test.run()
