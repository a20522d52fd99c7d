import * as assert from 'uvu/assert'
import { mountUnit } from '../../../src/resources/systemd/mount.ts'
import { service } from '../../../src/resources/systemd/service.ts'
import { systemdUnit } from '../../../src/resources/systemd/systemd-unit.ts'
import { sh } from '../../../src/shell/script.ts'
import { NAME } from '../../support/releases.ts'
import { app, ask, fails, must, on, plan, test, texts } from './ground.ts'

test(`${NAME}: service: one that dies at once is a failure that shows its last lines`, async () => {
  const bad = (lines: string) => systemdUnit('bad.service', { content: `[Service]\n${lines}` })
  for (const extra of ['', 'Restart=always\n', 'Restart=always\nRestartSec=30\n', 'Type=oneshot\n']) {
    await on().converge(bad(`ExecStart=/bin/sh -c 'echo cannot read my config; exit 3'\n${extra}`))
    await fails(
      on().converge(service('bad', { enabled: false })),
      /bad\.service did not (start|stay up|restart).*\n(.*\n)*.*cannot read my config/,
    )
  }
  await must('systemctl stop bad')
  await on().converge(bad('ExecStart=/bin/sh -c "exit 3"\nRestart=always\nRestartSec=60\n'))
  await must(
    'systemctl start bad; until [ "$(systemctl show -p SubState --value bad)" = auto-restart ]; do sleep .05; done',
  )
  assert.equal(await plan(service('bad', { enabled: false })), [['update failing again and again → running']])
  assert.equal(await plan(service('bad', { ensure: 'absent' })), [['remove running → stopped, it keeps failing']])
  await on().converge(bad('ExecStart=/bin/sleep infinity\n'))
  await on().converge(service('bad', { enabled: false }))
  await on().converge(service('bad', { ensure: 'absent' }))
  await on().converge(systemdUnit('bad.service', { ensure: 'absent' }))
})

test(`${NAME}: service: a failed condition is reported as that, whether systemd remembers the unit or not`, async () => {
  const says = /timid\.service was not started: the unit's condition failed \(ConditionCapability=CAP_SYS_TIME\)/
  const timid =
    '[Unit]\nConditionCapability=CAP_SYS_TIME\nConditionPathExists=/etc/hostname\n[Service]\nExecStart=/bin/sleep infinity\n'
  await on().converge(systemdUnit('timid.service', { content: timid }))
  assert.equal(await plan(service('timid', { enabled: false })), [['update inactive → running']])
  await fails(on().converge(service('timid', { enabled: false })), says)
  const install = '[Install]\nWantedBy=multi-user.target\n'
  await on().converge(systemdUnit('timid.service', { content: `${timid}${install}` }))
  await fails(on().converge(service('timid', {})), says)
  assert.equal(await plan(service('timid', {})), [['update disabled → enabled', 'update inactive → running']])
  // one that is enabled systemd keeps in mind
  await on().converge(systemdUnit('timid.service', { content: `[Service]\nExecStart=/bin/sleep infinity\n${install}` }))
  await on().converge(service('timid', {}))
  await on().converge(systemdUnit('timid.service', { content: `${timid}${install}` }))
  await must('systemctl stop timid')
  await fails(on().converge(service('timid', {})), says)
  assert.equal(await plan(service('timid', {})), [
    ['update inactive → running, its last start was skipped: a condition of the unit failed'],
  ])
})

test(`${NAME}: service: an alias answers for itself; masked; absent; not there`, async () => {
  await on().converge(
    systemdUnit('real.service', {
      content: '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\nAlias=other.service\n',
    }),
  )
  await on().converge(service('real', {}), app)
  assert.equal(await plan(app, service('other', {}), service('real', {}), service('nowhere', { ensure: 'absent' })), [
    [],
    [],
    [],
    [],
  ])
  await on().converge(service('real', { ensure: 'absent' }))
  assert.is(await ask('systemctl is-enabled real; systemctl is-active real'), 'disabled\ninactive')
  assert.equal(await plan(service('nowhere', {})), [['create enabled', 'create running']])
  await fails(on().converge(service('nowhere', {})), /nowhere/)
  assert.equal((await on().converge(service('chrony', { masked: true }))).plan.map(texts), [['create masked']])
  await on().converge(systemdUnit('app.service', { ensure: 'absent' }))
  assert.equal((await on().converge(service('app', { ensure: 'absent' }))).plan.map(texts), [
    ['remove running → stopped'],
  ])
  assert.equal((await plan(service('app', { ensure: 'absent' })))[0], [])
})

test(`${NAME}: mount: its unit is named as systemd names it`, async () => {
  const paths = ['/srv', '/srv/a-b', '/.hidden/.x', "/it's a/ünï", '/a@b:c_d', '/back\\slash', '/x/%i$']
  const said = await on().run(sh`for path in ${paths}; do systemd-escape --path --suffix=mount -- "$path"; done`)
  assert.equal(paths.map(mountUnit), said.trim().split('\n'))
})
