import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../recipes/docker.ts'
import { role as zookeeper } from '../../roles/zookeeper.ts'
import { type Cluster, defineRole, parseInventory } from '../../src/index.ts'
import { parseLedger } from '../../src/inventory/cloud/ledger.ts'
import { makeDisk, noDisks, plugIn } from '../support/disks.ts'
import { withHosts } from '../support/hosts.ts'
import { quickFolder } from '../support/quick-folder.ts'
import { until } from '../support/until.ts'
import { ZkClient } from '../support/zk-client.ts'
import { apply, finish, memory, outcomes, reasons } from '../support/zookeeper.ts'

// ZooKeeper and Docker, whole, with their data on volumes of an instance: by their numbers in the inventory, found by the
// ids in the file of instances. The volumes are loop devices of this machine.
const test = suite('recipes with volumes, on a host')
const { host, box } = await withHosts(test, import.meta.url, [{ name: 'data', layer: 'standins-12' }])
const why = noDisks()
if (why !== undefined) {
  if (process.env.CI === 'true') throw new Error(`must run in CI: ${why}`)
  console.log(`not run here: ${why}`)
  test.run = () => {}
}
const folder = quickFolder('volumes')
const VOLUMES = ['vol-0123456789abcdef0', 'vol-0123456789abcdef1', 'vol-0123456789abcdef2']
const LABELS = ['zookeeper', 'zookeeper-log', 'docker']
const disks = VOLUMES.map((volume, i) => ({
  volume: volume.replace('-', ''),
  by: `by-label/${LABELS[i]}`,
  disk: makeDisk(folder, `${LABELS[i]}`, 128),
}))
test.after(() => {
  for (const { disk } of disks) disk.close()
  rmSync(folder, { recursive: true })
})

const roles = new Map([zookeeper, defineRole({ name: 'docker', recipes: [docker] })].map((role) => [role.name, role]))
const facts = memory()

/** The inventory of an instance with three volumes, and the file of instances that knows them. */
function cluster(): Cluster {
  const { address, user, identityFile, hostKey } = host('data')
  const vars = {
    base: { timeSync: 'none' },
    zookeeper: { id: 1, heapMb: 64, volume: 1, dataLogDir: '/var/lib/zookeeper-log', logVolume: 2 },
    // a sandbox host has a mount of its own at /var/lib/docker
    docker: { volume: 3, settings: { 'data-root': '/srv/docker' } },
  }
  const cloud = { volumes: VOLUMES.map(() => ({ gb: 1 })) }
  const entry = { id: 'i-1', generation: 1, state: 'running', privateAddress: address, hostKey, user, volumes: VOLUMES }
  return parseInventory(
    JSON.stringify({
      cloud: { sandbox: { cluster: 'try' } },
      ssh: { identityFile },
      hosts: { data: { cloud, privateAddress: address, roles: ['zookeeper', 'docker'], vars } },
    }),
    {
      path: '/x/inventory.json',
      roles,
      ledger: parseLedger(JSON.stringify({ provider: 'sandbox', cluster: 'try', hosts: { data: entry } }), 'x'),
    },
  )
}

const ok = async (command: string): Promise<string> => {
  const { code, stdout, stderr } = await host('data').sh(command)
  assert.is(code, 0, `${command}: ${stdout}${stderr}`)
  return stdout.trim()
}

/** The label of what is mounted where something lies. */
const diskOf = (path: string): Promise<string> => ok(`blkid -s LABEL -o value "$(findmnt -no SOURCE --target ${path})"`)

async function isOnDisks(): Promise<void> {
  assert.is(await diskOf('/var/lib/zookeeper/version-2'), 'zookeeper')
  assert.is(await diskOf('/var/lib/zookeeper-log/version-2'), 'zookeeper-log')
  assert.is(await diskOf('/srv/docker/containers'), 'docker')
  assert.is(await ok('docker info --format {{.DockerRootDir}}'), '/srv/docker')
}

test('from a bare host to daemons whose data is on their volumes; the second run finds nothing to do', async () => {
  await ok(plugIn(disks))
  const first = await finish(apply, cluster(), facts)
  assert.equal(outcomes(first), { data: 'changed' }, reasons(first))
  await isOnDisks()
  const client = await ZkClient.open(host('data').address)
  await client.create('/kept', 'yes')
  client.close()
  const second = await finish(apply, cluster(), facts)
  assert.equal(outcomes(second), { data: 'in-sync' }, reasons(second))
  assert.is(second.hosts[0]?.cost.execs, 1)
})

test('after a boot all of it is there again', async () => {
  await box.kill('data')
  await box.boot('data')
  await until(
    'ZooKeeper answers',
    async () => (await ok('systemctl is-active zookeeper docker')) === 'active\nactive',
    500,
  )
  await isOnDisks()
  await until(
    'it has its data',
    async () => {
      const client = await ZkClient.open(host('data').address)
      const children = await client.children('/')
      client.close()
      return children.includes('kept')
    },
    500,
  )
  const run = await finish(apply, cluster(), facts)
  assert.equal(outcomes(run), { data: 'in-sync' }, reasons(run))
})

test('a volume that is not attached: its daemon does not start without it', async () => {
  await ok(
    'systemctl stop zookeeper && umount /var/lib/zookeeper && rm /dev/disk/by-label/zookeeper /dev/nvme1n1 && systemctl daemon-reload',
  )
  const { code } = await host('data').sh('timeout 20 systemctl start zookeeper')
  assert.is.not(code, 0)
  assert.is(await ok('ls -A /var/lib/zookeeper'), '', 'nothing was written beneath')
})

test.run()
