/**
 * A cluster in a cloud from nothing, by the built program alone: EC2's stand-in with real hosts behind it. Then it grows,
 * shrinks, is stopped and started, and changes in turns under a load that goes where the balancer in front sends it.
 * PROVISION_LOAD is the share of the load that is sent. (Mesos and Marathon are stand-ins: docs/sandbox.md.)
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withArtifacts } from '../support/artifacts.ts'
import { withWorld } from '../support/live-ec2/world.ts'
import { type Client, inShare, startLoad } from '../support/load.ts'
import { imageId } from '../support/parts/docker-archive.ts'
import { railsDefinition } from '../support/rails-app.ts'
import { type Sources, sourcesOf } from '../support/sources.ts'
import { nothingLost } from '../support/stack.ts'
import { until } from '../support/until.ts'

const test = suite('a cluster in a cloud, on hosts')
// cgroup v1 for slaves: on v2, a machine without the memory controller loses tasks when their agent restarts
const world = await withWorld(test, import.meta.url, ({ host }) => (host.startsWith('slave') ? { unified: false } : {}))
const artifacts = withArtifacts(test, world.box, ['consul', 'consul-template', 'mesos', 'marathon', 'rails'])
const slaves = (n: number) => Array.from({ length: n }, (_, i) => `slave-${i + 1}`)
/** Of the data of ZooKeeper, Docker and the like there is little. */
const VARS = { base: { timeSync: 'none' }, zookeeper: { heapMb: 128 }, consul: { datacenter: 'test' } }

let sources: Sources
let image: object
let client: Client
test.after(async () => void (await client?.stop()))

/** Writes the inventory: a master, so many slaves, and variables beside or instead of the others. */
function inventory(count: number, vars: Readonly<Record<string, object>> = {}): void {
  const { image: ami, subnets, group, balancer, net } = world.around()
  const merged: Record<string, object> = {}
  for (const [recipe, more] of [...Object.entries(VARS), ...Object.entries(sources), ...Object.entries(vars)])
    merged[recipe] = { ...merged[recipe], ...more }
  const aws = { cluster: 'live', region: 'eu-west-1', image: ami, type: 't3.small', subnets, securityGroups: [group] }
  world.writeInventory({
    cloud: { aws },
    ssh: { user: 'admin', identityFile: 'key', connectTimeout: 30 },
    vars: merged,
    roles: {
      'mesos-slave': { cloud: { balancers: [balancer] }, vars: { docker: { images: [image], ...vars.docker } } },
    },
    hosts: {
      'master-1': {
        cloud: true,
        privateAddress: `10.77.${net}.84`,
        roles: ['mesos-master'],
        vars: { zookeeper: { id: 1 } },
      },
      [`slave-1..${count}`]: { cloud: true, roles: ['mesos-slave'] },
    },
  })
}

/** Waits until the balancer sends to so many hosts. */
const sendsTo = (count: number): Promise<void> =>
  until(`the balancer sends to ${count} hosts`, () => world.targets().addresses().length === count, 200)

/** Who answers: `HOST VERSION`. */
const responder = (body: string): string | undefined => {
  const [, version, host] = /^hello (\S+) task \S+ on (\S+)/.exec(body) ?? []
  return version === undefined ? undefined : `${host} ${version}`
}

test.before(async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${world.folder}/key`])
  sources = await sourcesOf(artifacts)
  const { file, url, sha256 } = await artifacts.part('rails')
  image = { name: 'rails-app:1', id: await imageId(file), source: url, sha256 }
  const app = railsDefinition({ instances: 4, constraints: [['hostname', 'MAX_PER', '6']] })
  writeFileSync(join(world.folder, 'app.json'), JSON.stringify(app))
})

test('launch, provision, deploy: from an inventory without addresses to an app behind the balancer', async () => {
  inventory(2)
  await world.run(2, 'launch', '-C')
  await world.run(0, 'launch')
  await world.agrees(['master-1', ...slaves(2)])
  const said = await world.run(0)
  assert.match(said, /slave-2 +attached/)
  assert.match(said, /sends no requests to slave-2 until it serves some \(haproxy: no app\)/)
  const asked = new Map(world.ec2.asked)
  await world.run(0)
  assert.equal(world.ec2.asked, asked, 'a run that changes nothing asks nothing of the cloud')
  await world.run(0, 'deploy', 'app.json')
  await until('both slaves are healthy targets', () => world.targets().healthy() === 2, 200)
  await sendsTo(2)
  await world.run(0, 'status')
})

test('slaves 2 → 4 → 2, one stopped and started, HAProxy and Docker changed in turns: no request is lost', async () => {
  const rate = inShare(40)
  client = startLoad({ targets: world.targets().addresses, rate, responder })
  const said: string[] = []
  const at = (what: string): void => void said.push(`${what} after ${client.sent} requests`)

  inventory(4)
  await world.run(0, 'launch')
  await world.run(0)
  await sendsTo(4)
  await world.run(0, 'scale', '/rails-app', '8')
  at('4 slaves')

  inventory(2)
  await world.run(0, 'scale', '/rails-app', '4')
  await world.run(0, 'terminate', '--yes')
  await world.agrees(['master-1', ...slaves(2)])
  await sendsTo(2)
  at('2 slaves')

  await world.run(0, 'stop', '--host', 'slave-2', '--yes')
  await sendsTo(1)
  await world.agrees(['master-1', ...slaves(2)])
  await world.run(0, 'start', '--host', 'slave-2')
  await world.agrees(['master-1', ...slaves(2)])
  await sendsTo(2)
  at('stopped and started')

  inventory(2, { haproxy: { maxconn: 5000 } })
  await world.run(0)
  await sendsTo(2)
  at('another maxconn')

  inventory(2, { haproxy: { maxconn: 5000 }, docker: { settings: { 'default-shm-size': '128M' } } })
  await world.run(0)
  await sendsTo(2)
  at('another Docker')

  await client.reach(inShare(20_000))
  const load = await client.stop()
  console.error(said.join(', '))
  nothingLost(load, 20_000)
  await world.run(0, 'status')
  await world.run(0)
})

test('all stopped for the night, and started in the morning', async () => {
  await world.run(0, 'stop', '--yes')
  await world.agrees(['master-1', ...slaves(2)])
  await world.run(0, 'start')
  await world.agrees(['master-1', ...slaves(2)])
  await sendsTo(2)
  await world.run(0)
})

test.run()
