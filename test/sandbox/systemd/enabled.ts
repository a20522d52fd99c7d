import * as assert from 'uvu/assert'
import { service } from '../../../src/resources/systemd/service.ts'
import { systemdUnit } from '../../../src/resources/systemd/systemd-unit.ts'
import { NAME } from '../../support/releases.ts'
import { until } from '../../support/until.ts'
import { ask, host, INSTALL, on, plan, RUNS, remark, SCRIPT, test, texts } from './ground.ts'

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
