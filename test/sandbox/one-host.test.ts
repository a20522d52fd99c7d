/** The whole stack on one host: its only master and its only slave. (Mesos and Marathon are stand-ins.) */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { linksOf } from '../../src/backup/links.ts'
import { type Manifest, openBackup } from '../../src/backup/manifest.ts'
import { frameworkOf } from '../../src/backup/marathon.ts'
import { save } from '../../src/backup/save.ts'
import { loadApp } from '../../src/deploy/deploy.ts'
import { type ComponentState, createTransport, status } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { journal } from '../support/journal.ts'
import { restored } from '../support/restored.ts'
import { ok, outcomes, withStack } from '../support/stack.ts'

const test = suite('a cluster of one host')
const stack = await withStack(test, import.meta.url, {
  masters: ['all-1'],
  slaves: ['all-1'],
  starts: [10, 20],
  layer: 'balancer-12',
})

// test/long/stack.test.ts begins with bare hosts
test("a host with Debian's packages and nothing else becomes it by one run; the app comes in; a second run finds nothing to do, by one exec", async () => {
  assert.equal(outcomes(await stack.converge()), { 'all-1': 'changed' })
  await stack.green()
  const result = await stack.deploys({ version: 'v1', instances: 2 })
  assert.is(result.outcome, 'live', result.reason)
  const [{ address } = { address: '' }] = stack.slaves
  assert.equal(await stack.answering(100), { [address]: [address] })
  const second = await stack.converge()
  assert.equal([outcomes(second), second.hosts[0]?.cost.execs], [{ 'all-1': 'in-sync' }, 1])
})

test("a changed setting of each daemon is applied: what a daemon itself listens on stands in nobody's way", async () => {
  const result = await stack.converge({
    zookeeper: { syncLimit: 6 },
    consul: { logLevel: 'DEBUG' },
    'mesos-master': { cluster: 'test' },
    marathon: { taskLaunchConfirmTimeout: 310_000 },
  })
  assert.equal(outcomes(result), { 'all-1': 'changed' })
  await stack.green()
  const [{ address } = { address: '' }] = stack.slaves
  assert.equal(await stack.answering(100), { [address]: [address] })
})

/** The components that are red. */
const reds = async (): Promise<readonly ComponentState[]> =>
  (await status(await stack.cluster(), { transport: createTransport() }))
    .flatMap((one) => ('components' in one ? one.components : []))
    .filter(({ green }) => !green)

/** Brings the newest backup of the timer here. */
async function newest(host: SandboxHost, folder: string): Promise<string> {
  const names = (await ok(host, 'ls /var/backups/provision')).split('\n')
  const name = names.at(-1) ?? ''
  const tar = await ok(host, `tar -C /var/backups/provision -cz ${name} | base64 -w0`)
  writeFileSync(join(folder, 'backup.tgz'), Buffer.from(tar, 'base64'))
  execFileSync('tar', ['-C', folder, '-xzf', join(folder, 'backup.tgz')])
  return join(folder, name)
}

test('its timer makes the backups that provision makes, keeps as many as it is told, and leaves none that is not whole', async () => {
  const [all] = stack.masters as [SandboxHost]
  const folder = mkdtempSync(join(tmpdir(), 'provision-backup-'))
  const names = () => ok(all, 'ls -A /var/backups/provision | grep -v lock')
  try {
    await stack.converge({ zookeeper: { backup: { at: '*-*-* 03:00:00', keep: 2 } } })
    assert.match(await ok(all, 'systemctl list-timers --no-legend provision-backup.timer'), /03:00:00/)
    for (let i = 0; i < 3; i++) await ok(all, 'systemctl start provision-backup.service')
    assert.is((await names()).split('\n').length, 2)
    assert.match(await ok(all, journal('-u provision-backup -o cat')), /the backup is in .var.backups.provision.20/)
    const timed = await openBackup(await newest(all, folder))
    const own = await save(await stack.cluster(), join(folder, 'own'), createTransport(), () => undefined)
    const same = ({ marathon, zookeeper, consul }: Manifest) => [
      marathon,
      zookeeper?.members,
      zookeeper?.version,
      consul?.datacenter,
      consul?.keys,
      consul?.tokens,
    ]
    assert.equal(same(timed), same(own.manifest))
    const before = await names()
    await ok(all, 'mount -t tmpfs -o size=8k full /var/backups/provision')
    assert.is((await all.sh('systemctl start provision-backup.service')).code, 1)
    assert.is(await ok(all, 'ls /var/backups/provision; umount /var/backups/provision'), '')
    await ok(all, 'systemctl stop consul')
    assert.is((await all.sh('systemctl start provision-backup.service')).code, 1)
    const red = async () => (await reds()).find(({ component }) => component === 'provision-backup')?.says
    assert.match((await red()) ?? '', /^its last run failed: .*(Consul was not saved|Error saving snapshot)/)
    await ok(
      all,
      'systemctl start consul; until curl -s 127.0.0.1:8500/v1/status/leader | grep -q :; do sleep .2; done',
    )
    assert.is(await names(), before)
    await ok(all, 'systemctl start provision-backup.service')
    assert.is(await red(), undefined)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what its masters knew is lost and restored: Marathon is the same framework, and takes up the tasks that ran on', async () => {
  const [all] = stack.masters as [SandboxHost]
  const containers = () => ok(all, 'docker ps -q --no-trunc --filter name=mesos- | sort')
  const folder = mkdtempSync(join(tmpdir(), 'provision-backup-'))
  try {
    await ok(all, 'systemctl start provision-backup.service')
    const backup = await newest(all, folder)
    const is = (await openBackup(backup)).marathon
    assert.equal([is?.frameworkId === undefined, is?.apps], [false, ['/rails-app']])
    assert.is((await loadApp('marathon/rails-app.json', backup)).id, '/rails-app', 'it can be deployed again')
    const before = await containers()
    assert.is(before.split('\n').length, 2)
    await ok(
      all,
      `systemctl stop marathon mesos-master zookeeper consul
      rm -rf /var/lib/zookeeper/* /var/lib/zookeeper-log/* /var/lib/consul/* /var/lib/mesos/master`,
    )
    await restored(await stack.cluster(), backup)
    const links = linksOf(createTransport())
    const { frameworkId } = await frameworkOf(await stack.cluster(), links).finally(() => links.close())
    assert.is(frameworkId, is?.frameworkId)
    await stack.green()
    assert.is((await stack.scales(3)).outcome, 'live')
    const after = (await containers()).split('\n')
    assert.equal([after.length, before.split('\n').every((id) => after.includes(id))], [3, true])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('it shuts down in its own time with tasks on it: nothing of them is left that has to be killed', async () => {
  const [all] = stack.masters as [SandboxHost]
  assert.is.not(await ok(all, 'docker ps -q --filter name=mesos-'), '')
  const began = performance.now()
  await stack.box.stop('all-1')
  const seconds = (performance.now() - began) / 1000
  // systemd kills what does not end in 90 s
  assert.ok(seconds < 85, `it took ${Math.round(seconds)} s`)
  await stack.box.boot('all-1')
  await stack.green()
})

test.run()
