import * as assert from 'uvu/assert'
import type { Refusal } from '../../../src/model/resource.ts'
import { mount } from '../../../src/resources/systemd/mount.ts'
import { service } from '../../../src/resources/systemd/service.ts'
import { systemdUnit } from '../../../src/resources/systemd/systemd-unit.ts'
import { failure } from '../../support/on-host.ts'
import { NAME } from '../../support/releases.ts'
import { ask, INSTALL, on, RUNS, test, texts } from './ground.ts'

test(`${NAME}: a bound directory is known by what it is, whatever the kernel calls it and whoever bound it`, async () => {
  const bound = (device: string) => mount('/mnt/bound', { device, options: ['bind', 'ro'] })
  for (const spoil of [
    'rm /etc/systemd/system/mnt-bound.mount',
    'rm /etc/systemd/system/mnt-bound.mount; systemctl daemon-reload',
    ': >/etc/systemd/system/mnt-bound.mount; systemctl daemon-reload',
    'systemctl disable --now mnt-bound.mount; rm /etc/systemd/system/mnt-bound.mount; systemctl mask -q mnt-bound.mount; mount --bind /usr /mnt/bound',
  ]) {
    await on().converge(bound('/usr'))
    await ask(spoil)
    await on().converge(bound('/usr'))
    assert.is(await ask('[ /mnt/bound -ef /usr ] && findmnt -no OPTIONS /mnt/bound | grep -o ^r.'), 'ro')
  }
  await ask('rm /etc/systemd/system/mnt-bound.mount; systemctl daemon-reload')
  assert.is(((await on().plan(bound('/etc')))[0] as Refusal).refusal, 'mounted-otherwise')
  await ask('umount /mnt/bound')
})

test(`${NAME}: what was unmounted a moment ago is mounted again, though systemd listens to a busy kernel only now and then`, async () => {
  const busy = 'i=0; while [ $i -lt 12 ]; do mount -t tmpfs busy /mnt; umount /mnt; i=$((i + 1)); done'
  const bound = mount('/srv/busy', { device: '/etc', options: ['bind', 'ro'] })
  await on().converge(bound)
  for (let i = 0; i < 3; i += 1) {
    await ask(`${busy}; umount /srv/busy`)
    assert.equal((await on().converge(bound)).plan.map(texts), [['inactive → running']])
    assert.is(await ask('[ /srv/busy -ef /etc ] && grep -c " /srv/busy " /proc/self/mountinfo'), '1')
  }
  await on().converge(mount('/srv/busy', { ensure: 'absent' }))
})

test(`${NAME}: the options of a mount change in place; another device is refused; who uses it is named`, async () => {
  const at = (size: string) => mount('/mnt/tmp', { device: 'tmpfs', type: 'tmpfs', options: [`size=${size}`] })
  await on().converge(at('1m'))
  await ask('echo x >/mnt/tmp/data')
  assert.equal((await on().converge(at('2m'))).plan.map(texts), [
    ['mnt-tmp.mount: content differs', 'options size=1m → size=2m, remounted in place'],
  ])
  assert.is(await ask('cat /mnt/tmp/data; findmnt -no OPTIONS /mnt/tmp | grep -o size=.*'), 'x\nsize=2048k')
  await ask('mount -o remount,ro /mnt/tmp')
  const [[said = ''] = []] = (await on().converge(at('2m'))).plan.map(texts)
  assert.match(said, /^options ro,\S+ → size=2m, remounted in place$/)
  assert.is(
    await ask('echo more >>/mnt/tmp/data; cat /mnt/tmp/data; findmnt -no OPTIONS /mnt/tmp | grep -o size=.*'),
    'x\nmore\nsize=2048k',
  )
  const [other] = await on().plan(mount('/mnt/tmp', { device: 'none', type: 'ramfs' }))
  assert.match((other as Refusal).reason, 'its content is gone')
  const user = await ask(
    'cd /mnt/tmp; setsid sleep infinity >/dev/null 2>&1 & until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep .01; done; echo $!',
  )
  assert.match(
    await failure(on().converge(mount('/mnt/tmp', { ensure: 'absent' }))),
    `/mnt/tmp is in use by sleep (process ${user})`,
  )
  await ask(`kill ${user}; while [ -e /proc/${user}/cwd ]; do sleep .01; done`)
  await on().converge(mount('/mnt/tmp', { ensure: 'absent' }))
})

for (const [line, says] of [
  ['User=nosuch', 'there is no user nosuch; list what makes it before the service, or correct User='],
  ['SupplementaryGroups=nosuch', 'there is no group nosuch; list what makes it'],
  ['EnvironmentFile=/etc/nosuch.env', 'there is no file /etc/nosuch.env; list what makes it'],
  ['WorkingDirectory=/nosuch', 'there is no directory /nosuch; list what makes it'],
  ['ExecStartPre=/usr/bin/nosuch', 'there is no program /usr/bin/nosuch; list what makes it'],
] as const)
  test(`${NAME}: a service with ${line} says what is missing, and is not tried at the next boot`, async () => {
    await on().converge(systemdUnit('lost.service', { content: `${RUNS}${line}\n${INSTALL}` }))
    assert.match(await failure(on().converge(service('lost', {}))), `lost.service: ${says}`)
    assert.is(await ask('systemctl is-enabled lost || :'), 'disabled')
  })

test(`${NAME}: where a mount or a timer does not come up, it is as it was before`, async () => {
  const left = 'find /etc/systemd /var/lib/provision /run/provision -name "*mnt-new*"; ls -d /mnt/new 2>&1'
  const none = mount('/mnt/new/one', { device: '/dev/nosuch', type: 'ext4' })
  assert.match(
    await failure(on().converge(none)),
    'mnt-new-one.mount: there is no /dev/nosuch to mount; attach or make it',
  )
  assert.match(await ask(left), /^ls: cannot access [^\n]*$/)
  assert.is(await ask('systemctl list-units --all --plain --no-legend "mnt-new*"'), '')

  const at = (...options: readonly string[]) => mount('/mnt/was', { device: 'tmpfs', type: 'tmpfs', options })
  await on().converge(at('size=1m'))
  assert.match(await failure(on().converge(at('mpol=nowhere'))), /mnt-was\.mount did not reload/)
  assert.equal(await on().plan(at('size=1m')), [[]])
  await on().converge(mount('/mnt/was', { ensure: 'absent' }))
})
