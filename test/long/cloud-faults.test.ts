/**
 * What goes wrong with instances, on real hosts with a real cloud-init behind EC2's stand-in: the built program says it,
 * and the next run ends with one instance a host and a ledger that says what the tags say.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { journal } from '../support/journal.ts'
import { type World, withWorld } from '../support/live-ec2/world.ts'
import { until } from '../support/until.ts'

const test = suite('what goes wrong with instances, on hosts')
const world: World = await withWorld(test, import.meta.url)
const HOSTS = ['web-1', 'web-2']

/** An inventory of two hosts that nothing is installed on. */
function inventory(cluster: string, more: object = {}, names: readonly string[] = HOSTS): void {
  const { image, subnets, group } = world.around()
  world.writeInventory({
    cloud: {
      aws: { cluster, region: 'eu-west-1', image, type: 't3.small', subnets, securityGroups: [group], ...more },
    },
    ssh: { user: 'admin', identityFile: 'key' },
    hosts: Object.fromEntries(names.map((name) => [name, { cloud: true, roles: [] }])),
  })
}

const hostOf = (name: string) => world.box.host(world.ledger().hosts[name]?.id ?? '')

/** What a host says of sh that must succeed there. */
async function ok(name: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await hostOf(name).sh(command)
  assert.is(code, 0, `${name}: ${command}: ${stderr}`)
  return stdout.trim()
}

/** Ends all of them, which no longer are declared. */
async function clear(cluster: string): Promise<void> {
  inventory(cluster, {}, [])
  await world.run(0, 'terminate', '--yes')
  await world.agrees([])
}

test.before(() => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${world.folder}/key`])
})

test.before.each(async () => {
  rmSync(join(world.folder, 'inventory.cloud.json'), { force: true })
  await world.machines.idle()
  const left = world.box.hosts().filter(({ name }) => name.startsWith('i-'))
  for (const { name } of left) await world.box.remove(name)
})

/** A host's instance is ended and launched again; then the ledger and the tags agree. */
async function launchedAnew(host: string): Promise<void> {
  await world.run(0, 'terminate', '--host', host, '--yes')
  await world.run(0, 'launch')
  await world.agrees(HOSTS)
}

test('first contact: in by the key that was sent, which is gone afterwards; only the key of the inventory logs in', async () => {
  inventory('plain')
  const said = await world.run(0, 'launch')
  assert.match(said, /web-1 launched/)
  await world.agrees(HOSTS)
  for (const name of HOSTS) {
    const sent = await ok(name, 'cat /var/lib/cloud/instance/user-data.txt')
    const [, first = ''] = /"ed25519_public":"(ssh-ed25519 [^"\\]+)/.exec(sent) ?? []
    const own = await ok(name, 'cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub')
    assert.ok(first !== '' && first !== own, 'the key that was sent is not the one it has')
    assert.is(own, world.ledger().hosts[name]?.hostKey)
    assert.is(await ok(name, 'cloud-init status'), 'status: done')
    assert.match(
      await ok(name, 'grep -c . /home/admin/.ssh/authorized_keys; ls /etc/ssh/ssh_host_*'),
      /ssh_host_ed25519_key/,
    )
  }
  assert.match(await world.run(0, 'exec', '--', 'hostname'), /web-1/)
  const asked = new Map(world.ec2.asked)
  await world.run(0)
  assert.equal(world.ec2.asked, asked, 'a run asks nothing of the cloud')
  assert.match(await world.run(0, 'launch'), / 2 there in /)
  await clear('plain')
})

for (const [what, troubles] of [
  ['throttled', ['throttled', 'throttled', 'throttled']],
  ['lost', ['lost', 'throttled', 'lost']],
  ['full', ['full', 'full']],
] as const)
  test(`launch where answers are ${what}: one instance a host`, async () => {
    inventory(what)
    world.ec2.troubles = [...troubles]
    await world.run(0, 'launch')
    await world.agrees(HOSTS)
    await clear(what)
  })

test('no capacity anywhere: the other host comes up; the next run launches the one that had no room', async () => {
  inventory('crowded')
  world.ec2.crowded.add('web-2')
  assert.match(await world.run(1, 'launch'), /AWS has no t3\.small instance left there at the moment/)
  await world.agrees(['web-1'])
  world.ec2.crowded.clear()
  await world.run(0, 'launch')
  await world.agrees(HOSTS)
  await clear('crowded')
})

test('one that never boots: it is waited for; after ^C it can be ended and launched again', async () => {
  inventory('dead')
  world.machines.faults.set('web-2', 'never boots')
  const launch = world.begin('launch')
  await until('web-1 is up', () => /web-1 +launched/.test(launch.said()), 200)
  await until('web-2 is waited for', () => Object.keys(world.ledger().hosts).length === 2, 200)
  launch.interrupt()
  const { code, said } = await launch.ended
  assert.is(code, 1, said)
  assert.match(said, /web-2 .*run the same command again/)
  await world.run(0, 'terminate', '--host', 'web-2', '--yes')
  await world.agrees(['web-1'])
  await world.run(0, 'launch')
  await world.agrees(HOSTS)
  await clear('dead')
})

test('another host answers at its address: nothing is sent there; it is ended and launched again', async () => {
  inventory('foreign')
  world.machines.faults.set('web-1', 'another host answers')
  const said = await world.run(1, 'launch')
  assert.match(said, /a machine answers that is not i-\w+.*Nothing was sent to it/)
  const other = world.box.host((await world.instances()).find(([host]) => host === 'web-1')?.[1].InstanceId ?? '')
  const logins = await other.sh(`${journal('-u ssh -o cat')} | grep -c "Accepted\\|session opened" || :`)
  assert.is(logins.stdout.trim(), '0', 'nobody has logged in')
  await launchedAnew('web-1')
  await clear('foreign')
})

test('cloud-init fails: its last words are said, and the instance stays until it is ended', async () => {
  inventory('broken')
  world.machines.faults.set('web-1', 'cloud-init fails')
  const said = await world.run(1, 'launch')
  assert.match(said, /cloud-init failed on i-\w+, which stays to be looked at: /)
  assert.match(await world.run(1, 'launch'), /cloud-init failed on/)
  await launchedAnew('web-1')
  await clear('broken')
})

test('a target that is never healthy is said; once it is well, the next run attaches it', async () => {
  inventory('sick', { balancers: [world.around().balancer] })
  await world.run(0, 'launch')
  const run = world.begin()
  await until('it is unhealthy', () => /unhealthy/.test(run.said()), 200)
  run.interrupt()
  assert.is((await run.ended).code, 1)
  assert.match(await world.run(1, 'status'), /RED unhealthy as target of slaves/)
  const serve =
    'mkdir -p /srv/www; echo ok >/srv/www/haproxy-health; systemd-run -q -p WorkingDirectory=/srv/www python3 -m http.server 80'
  for (const name of HOSTS) await ok(name, serve)
  assert.match(await world.run(0), /attached/)
  await world.agrees(HOSTS)
  assert.equal(world.ledger().hosts['web-1']?.attached, [world.around().balancer])
  await clear('sick')
})

test.run()
