import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../src/model/plan.ts'
import type { Change, Refusal, Resource, ResourceType } from '../../src/model/resource.ts'
import { mount } from '../../src/resources/systemd/mount.ts'
import { service } from '../../src/resources/systemd/service.ts'
import { systemdUnit } from '../../src/resources/systemd/systemd-unit.ts'
import { timer } from '../../src/resources/systemd/timer.ts'
import { Secret } from '../../src/shell/secret.ts'
import { withHosts } from '../support/hosts.ts'
import { changesOf } from '../support/loop.ts'
import { failure, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'
import { until } from '../support/until.ts'

const test = suite('what systemd makes of it')
const { host } = await withHosts(test, import.meta.url, [{ name: NAME, release: RELEASE }])

const texts = (verdict: readonly Change[] | Refusal | undefined): readonly string[] =>
  changesOf(verdict as readonly Change[]).map(changeText)
const INSTALL = '[Install]\nWantedBy=multi-user.target\n'
const RUNS = '[Service]\nExecStart=/bin/sleep 9999\n'
const SCRIPT = `#!/bin/sh
### BEGIN INIT INFO
# Provides: sysv
# Required-Start: $remote_fs
# Required-Stop: $remote_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: x
### END INIT INFO
case $1 in start) setsid sleep 9999 & ;; stop) pkill -x sleep ;; esac
`

const on = () => onHost(host(NAME))
const ask = async (command: string): Promise<string> => (await host(NAME).sh(command)).stdout.trim()
const plan = async (...all: readonly Resource[]) => (await on().plan(...all)).map(texts)
const remark = async (resource: Resource): Promise<string | undefined> => {
  const type = resource.type as unknown as ResourceType<object, unknown>
  return type.warn?.(resource.props, type.parse(await on().records(resource)))
}

test(`${NAME}: a service named by an alias is enabled, disabled and masked as its unit`, async () => {
  await host(NAME).sh('cat >/usr/lib/systemd/system/real.service', `${RUNS}${INSTALL}`)
  await ask('ln -s real.service /usr/lib/systemd/system/other.service; systemctl daemon-reload')
  const life = [
    [{}, ['disabled → enabled', 'inactive → running'], 'enabled'],
    [{ enabled: false }, ['enabled → disabled'], 'disabled'],
    [{ masked: true }, ['disabled → masked', 'running → stopped'], 'masked'],
    [{}, ['masked → unmasked, enabled', 'inactive → running'], 'enabled'],
    [{ ensure: 'absent' }, ['enabled → disabled', 'running → stopped'], 'disabled'],
  ] as const
  for (const [props, changes, state] of life) {
    assert.equal((await on().converge(service('other', props))).plan.map(texts), [changes])
    assert.is(await ask('systemctl is-enabled real'), state)
  }
})

test(`${NAME}: an enabled unit whose [Install] section changes is enabled anew; nothing of it stays when it goes`, async () => {
  const links = () => ask('cd /etc/systemd/system; find . -name "move*" -type l | sort')
  const unit = (install: string) => systemdUnit('moves.service', { content: `${RUNS}[Install]\n${install}\n` })
  const running = service('moves', {})
  await on().converge(unit('WantedBy=multi-user.target'))
  await on().converge(running)
  assert.is(await links(), './multi-user.target.wants/moves.service')
  await on().converge(unit('# in time\nWantedBy=timers.target\nAlias=moved.service'))
  assert.is(await links(), './moved.service\n./timers.target.wants/moves.service')
  assert.equal(await plan(running), [[]])
  await on().converge(systemdUnit('moves.service', { ensure: 'absent' }))
  assert.is(await links(), '')
  await on().converge(service('moves', { ensure: 'absent' }))
  const template = (target: string) =>
    systemdUnit('move-t@.service', { content: `[Service]\nExecStart=/bin/sleep %i\n[Install]\nWantedBy=${target}\n` })
  await on().converge(template('multi-user.target'))
  await on().converge(service('move-t@1000', {}))
  await on().converge(template('timers.target'))
  assert.is(await links(), './timers.target.wants/move-t@1000.service')
  await on().converge(service('move-t@1000', { ensure: 'absent' }))
  await on().converge(systemdUnit('move-t@.service', { ensure: 'absent' }))
})

test(`${NAME}: a linked unit that a boot must not start stays linked`, async () => {
  await host(NAME).sh('mkdir -p /opt/app; cat >/opt/app/far.service', `${RUNS}${INSTALL}`)
  await ask('systemctl link /opt/app/far.service')
  await on().converge(service('far', {}))
  assert.is(await ask('systemctl is-enabled far; systemctl is-active far'), 'enabled\nactive')
  await on().converge(service('far', { enabled: false }))
  assert.is(await ask('systemctl is-enabled far; systemctl is-active far'), 'linked\nactive')
  await on().converge(service('far', { ensure: 'absent' }))
  assert.is(await ask('systemctl is-enabled far; systemctl is-active far'), 'linked\ninactive')
})

test(`${NAME}: instances of a template are enabled each by itself`, async () => {
  await on().converge(systemdUnit('w@.service', { content: `[Service]\nExecStart=/bin/sleep %i\n${INSTALL}` }))
  await on().converge(service('w@1000', {}), service('w@2000', { enabled: false }))
  assert.is(await ask('systemctl is-enabled w@1000 w@2000'), 'enabled\ndisabled')
  await on().converge(service('w@1000', { enabled: false }), service('w@2000', {}))
  assert.is(await ask('systemctl is-enabled w@1000 w@2000'), 'disabled\nenabled')
  await on().converge(service('w@1000', { ensure: 'absent' }), service('w@2000', { ensure: 'absent' }))
})

test(`${NAME}: a script of init.d is enabled by its links`, async () => {
  await host(NAME).sh(
    'cat >/etc/init.d/sysv; chmod +x /etc/init.d/sysv; systemctl daemon-reload; systemctl start sysv',
    SCRIPT,
  )
  assert.equal((await on().converge(service('sysv', {}))).plan.map(texts), [['disabled → enabled']])
  assert.match(await ask('ls /etc/rc2.d'), /S\d\dsysv/)
  assert.equal((await on().converge(service('sysv', { ensure: 'absent' }))).plan.map(texts), [
    ['enabled → disabled', 'running → stopped'],
  ])
  assert.not.match(await ask('ls /etc/rc2.d'), /S\d\dsysv/)
})

test(`${NAME}: what no boot starts is said before and after, and so is what does not stay up`, async () => {
  const unit = systemdUnit('quiet.service', { content: RUNS })
  const quiet = service('quiet', { restartOn: [unit] })
  assert.equal(await plan(quiet), [['running, but a boot does not start it: quiet.service has no [Install] section']])
  await on().converge(unit)
  await on().converge(quiet)
  assert.match((await remark(quiet)) ?? '', /^a boot does not start it: its unit has no \[Install\] section/)
  assert.is(await remark(service('dbus', {})), undefined)
  // it dies only once it has been seen to run, however slow the machine is
  const dies = "/bin/sh -c 'until [ -e /run/dies ]; do sleep 0.1; done; sleep 3'"
  const content = `[Service]\nRestart=always\nRestartSec=0\nExecStart=${dies}\n${INSTALL}`
  await on().converge(systemdUnit('dies.service', { content }))
  await on().converge(service('dies', {}))
  await ask('touch /run/dies')
  const says = /^it does not stay up: systemd has restarted it \d+ times, the last time \d s ago/
  await until('it does not stay up', async () => says.test((await remark(service('dies', {}))) ?? ''), 500)
  await on().converge(service('dies', { ensure: 'absent' }), service('quiet', { ensure: 'absent' }))
})

test(`${NAME}: a unit of which systemd would ignore a line is not written`, async () => {
  const typo = '[Service]\nExecStart=/nosuch/program\nRestrat=always\nRestartSec=soon\n'
  for (const [unit, content, line] of [
    ['typo.service', typo, /line 3: Unknown key.*Restrat[\s\S]*line 4: Failed to parse/],
    ['typo.service', new Secret(typo), /line 3: systemd would ignore it/],
    ['typo@.service', typo, /line 3: Unknown key/],
    ['typo.service.d/limits.conf', '[Service]\nLimitNOFIL=9\n', /line 2: Unknown key.*LimitNOFIL/],
    ['service.d/all.conf', '[Service]\nOOMScoreAdjus=9\n', /line 2: Unknown key/],
    ['typo-.service.d/some.conf', '[Servce]\nOOMScoreAdjust=9\n', /line 1: Unknown section/],
  ] as const) {
    const said = await failure(on().converge(systemdUnit(unit, { content })))
    assert.match(said, line)
    assert.match(said, `/etc/systemd/system/${unit}: systemd refused the new content; the file is as it was`)
  }
  assert.is(
    await ask('ls -A /etc/systemd/system | grep -e typo -e ^service.d; ls -A /run/provision/trial 2>/dev/null'),
    '',
  )
  await on().converge(systemdUnit('typo.service', { content: typo.replace('Restrat', 'Restart').replace('soon', '5') }))
  await on().converge(systemdUnit('later.service', { content: `${RUNS}FromTheFuture=yes\n`, validate: ['true'] }))
  await on().converge(
    systemdUnit('typo.service', { ensure: 'absent' }),
    systemdUnit('later.service', { ensure: 'absent' }),
  )
})

test(`${NAME}: units that are written together are checked by one process, and all of them or none are written`, async () => {
  await ask(
    `printf '#!/bin/sh\\necho x >>/srv/checks\\nexec /usr/bin/systemd-analyze "$@"\\n' >/usr/local/bin/systemd-analyze; chmod 755 /usr/local/bin/systemd-analyze; rm -f /srv/checks`,
  )
  const checks = () => ask('cat /srv/checks | wc -l; rm -f /srv/checks')
  const units = (typo: string) => [
    systemdUnit('many.service.d/limits.conf', { content: '[Service]\nLimitNOFILE=9\n' }),
    systemdUnit('many.service', { content: `${RUNS}Requires=many-2.service\n`, validate: ['true'] }),
    systemdUnit('many-1.service', { content: `${RUNS}${INSTALL}` }),
    systemdUnit('many-2.service.d/limits.conf', { content: '[Service]\nLimitNOFILE=9\n' }),
    systemdUnit('many-2.service', { content: RUNS }),
    systemdUnit('many-3.service', { content: new Secret(`${RUNS}${typo}`) }),
    systemdUnit('many-.service.d/all.conf', { content: `[Service]\nNice=1\n${typo}` }),
  ]
  const said = await failure(on().converge(...units('Nise=2\n')))
  assert.match(said, /line 3: systemd would ignore it\n\S*many-3.service: systemd refused the new content/)
  assert.match(said, /line 3: Unknown key.*Nise[^\n]*\n\S*many-.service.d\/all.conf: systemd refused/)
  assert.is(await ask('ls -A /etc/systemd/system | grep many'), 'many.service\nmany.service.d')
  await checks()
  await on().converge(...units(''))
  assert.is(await checks(), '1')
  await ask('systemctl enable many-1; printf x >>/etc/systemd/system/many-1.service')
  await on().converge(
    ...units('').filter(({ name }) => name !== 'many-1.service'),
    systemdUnit('many-1.service', { content: `${RUNS}[Install]\nWantedBy=basic.target\n` }),
  )
  assert.is(await ask('cd /etc/systemd/system; ls -d *.wants/many-1.service'), 'basic.target.wants/many-1.service')
  await on().converge(...units('').map(({ name }) => systemdUnit(name, { ensure: 'absent' })))
  await ask('rm /usr/local/bin/systemd-analyze')
})

test(`${NAME}: a timer whose time, user or program is none is not written`, async () => {
  const command = ['/bin/echo']
  assert.match(
    await failure(on().converge(timer('odd', { onCalendar: ['daily', 'Mo 25:00'], command }))),
    /Failed to parse calendar specification, ignoring: Mo 25:00/,
  )
  assert.match(
    await failure(on().converge(timer('odd', { onCalendar: 'daily', user: 'nosuch', command }))),
    'there is no user nosuch',
  )
  assert.match(
    await failure(on().converge(timer('odd', { onCalendar: 'daily', command: ['/usr/bin/nosuch'] }))),
    'timer odd: there is no program /usr/bin/nosuch',
  )
  assert.is(await ask('ls -A /etc/systemd/system /var/lib/provision | grep odd'), '')
})

test(`${NAME}: a unit that goes takes along what enabled it`, async () => {
  await on().converge(systemdUnit('gone.service', { content: `${RUNS}${INSTALL}` }))
  await on().converge(service('gone', {}))
  await on().converge(systemdUnit('gone.service', { ensure: 'absent' }))
  assert.is(await ask('ls /etc/systemd/system/*.wants | grep gone'), '')
  await on().converge(service('gone', { ensure: 'absent' }))
  assert.is(await ask('systemctl is-active gone'), 'inactive')
})

test(`${NAME}: what runs and ends is told how to be written; a unit of one's own cannot be masked`, async () => {
  await on().converge(
    systemdUnit('once.service', { content: `[Service]\nType=oneshot\nExecStart=/bin/true\n${INSTALL}` }),
  )
  assert.match(
    await failure(on().converge(service('once', {}))),
    'once.service ran and ended, as a unit of Type=oneshot does: write running: false, or RemainAfterExit=yes in the unit',
  )
  const [verdict] = await on().plan(service('once', { masked: true }))
  assert.is((verdict as Refusal).refusal, 'unit-in-the-way')
  await on().converge(service('once', { ensure: 'absent' }))
})

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
  await ask('cd /mnt/tmp; setsid sleep 300 >/dev/null 2>&1 &')
  assert.match(
    await failure(on().converge(mount('/mnt/tmp', { ensure: 'absent' }))),
    /\/mnt\/tmp is in use by sleep \(process \d+\)/,
  )
  await ask('pkill -x sleep')
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

test.run()
