import * as assert from 'uvu/assert'
import { type Change, repair } from '../../../src/model/resource.ts'
import { service, serviceType } from '../../../src/resources/systemd/service.ts'
import { systemdUnit } from '../../../src/resources/systemd/systemd-unit.ts'
import { empty, join } from '../../../src/shell/script.ts'
import { NAME } from '../../support/releases.ts'
import { app, ask, config, must, on, owe, pid, plan, reads, state, test, text, texts, unit } from './ground.ts'

test(`${NAME}: service: made, stopped, disabled and masked by hand, mended`, async () => {
  await on().converge(config('one'))
  await on().converge(unit())
  assert.equal((await on().converge(app)).plan.map(texts), [['update disabled → enabled', 'update inactive → running']])
  await reads('one')
  await must('systemctl stop app; systemctl disable -q app')
  assert.equal((await on().converge(app)).plan.map(texts), [['update disabled → enabled', 'update inactive → running']])
  await must(
    'systemctl stop app; mv /etc/systemd/system/app.service /usr/lib/systemd/system/; systemctl daemon-reload; systemctl mask -q app',
  )
  assert.equal((await on().converge(app)).plan.map(texts), [
    ['update masked → unmasked, enabled', 'update inactive → running'],
  ])
  await must('mv /usr/lib/systemd/system/app.service /etc/systemd/system/; systemctl daemon-reload')
  assert.equal(await plan(app), [[]])
})

test(`${NAME}: service: an owed restart is done once, and forgotten only then`, async () => {
  await owe('restart')
  await owe('reload') // does not weaken it
  await on().converge(config('two'))
  assert.is(await ask('cat /run/app.read'), 'one')
  assert.equal(await plan(app), [['restart restart: owed since an earlier run']])
  const before = await pid()
  await on().converge(app)
  assert.is.not(await pid(), before)
  await reads('two')
  assert.is(await ask('ls /var/lib/provision'), '')
  await must('echo "restart 00000000-0000-0000-0000-000000000000" >/var/lib/provision/app.service.owed')
  assert.equal(await plan(app), [[]])
})

test(`${NAME}: service: a file that somebody else wrote after it was started is a remark`, async () => {
  const both = service('app', { restartOn: [config('two'), unit()] })
  const remark = async () => serviceType.warn?.(both.props as never, await state(both))
  await on().converge(config('two'))
  await must('systemctl restart app')
  assert.is(await remark(), undefined)
  await must('touch -d "+30 seconds" /etc/app.conf')
  assert.match((await remark()) ?? '', /^it runs since before \/etc\/app\.conf was last written/)
  await must('touch -d "-1 hour" /etc/app.conf')
  assert.is(await remark(), undefined)
})

test(`${NAME}: service: what changes in this run restarts it; restart wins over reload`, async () => {
  const without = await state()
  assert.equal(serviceType.diff(app.props as never, without, [{ kind: 'reload', resource: 'file /a' }]), [
    { action: 'restart', text: 'restart: file /a changes; its unit cannot reload' },
  ])
  const is = { ...without, canReload: true }
  const props = app.props as never
  const on = (kind: 'restart' | 'reload', resource: string) => ({ kind, resource })
  assert.equal(serviceType.diff(props, is, [on('reload', 'file /a')]), [
    { action: 'reload', text: 'reload: file /a changes' },
  ])
  const both = serviceType.diff(props, is, [on('reload', 'file /a'), on('restart', 'file /b')])
  assert.equal(both, [{ action: 'restart', text: 'restart: file /b changes' }])
  assert.is(serviceType.interrupts?.('app', is, both as readonly Change[]), 'app.service')
})

test(`${NAME}: service: an owed reload is one; where the unit cannot reload it is a restart`, async () => {
  await owe('reload')
  const first = await pid()
  assert.equal((await on().converge(app)).plan.map(texts), [
    ['restart restart: owed since an earlier run; its unit cannot reload'],
  ])
  const second = await pid()
  assert.is.not(second, first)
  await on().converge(unit("ExecReload=/bin/sh -c 'cp /etc/app.conf /run/app.reloaded'\n"))
  await owe('reload')
  await on().converge(config('three'))
  await on().converge(app)
  assert.is(await pid(), second)
  assert.is(await ask('cat /run/app.reloaded'), 'three')
})

test(`${NAME}: service: the start limit does not stand in the way`, async () => {
  for (let i = 0; i < 7; i++) {
    await owe('restart')
    await on().run(join([serviceType.functions ?? empty, repair(serviceType, [app as never])]))
  }
  assert.equal(await plan(app), [[]])
})

test(`${NAME}: unit: a daemon-reload that a killed script left out is a step of the next run, a drop-in's too`, async () => {
  const dropIn = systemdUnit('app.service.d/limits.conf', { content: '[Service]\nLimitNOFILE=5000\n' })
  assert.equal((await on().converge(dropIn)).plan.map(texts), [['create 2 lines, root:root 0644']])
  await must('sleep 1; sed -i s/5000/6000/ /etc/systemd/system/app.service.d/limits.conf')
  const changed = systemdUnit('app.service.d/limits.conf', { content: '[Service]\nLimitNOFILE=6000\n' })
  assert.equal(await plan(changed), [['update daemon-reload: systemd has loaded an older text']])
  await on().converge(changed)
  assert.is(await ask('systemctl show -p LimitNOFILE --value app'), '6000')
  await on().converge(systemdUnit('app.service.d/limits.conf', { ensure: 'absent' }))
  assert.is.not(await ask('systemctl show -p LimitNOFILE --value app'), '6000')
})

test(`${NAME}: unit: a template, a drop-in for all services, a name that must be escaped`, async () => {
  const all = [
    systemdUnit('worker@.service', { content: text() }),
    systemdUnit('service.d/all.conf', { content: '[Service]\nOOMScoreAdjust=1\n' }),
    systemdUnit('odd\\x2dname.service', { content: text() }),
    unit("ExecReload=/bin/sh -c 'cp /etc/app.conf /run/app.reloaded'\n"),
  ]
  await on().converge(...all)
  const two = ['a', 'b'].map((n) =>
    systemdUnit(`app.service.d/${n}.conf`, { content: '[Service]\nOOMScoreAdjust=2\n' }),
  )
  await on().converge(...two, unit())
  await on().converge(...two.map((r) => systemdUnit(r.name, { ensure: 'absent' })))
  await on().converge(
    systemdUnit('service.d/all.conf', { ensure: 'absent' }),
    systemdUnit('worker@.service', { ensure: 'absent' }),
    systemdUnit('odd\\x2dname.service', { ensure: 'absent' }),
  )
})
