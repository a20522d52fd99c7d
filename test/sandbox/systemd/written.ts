import * as assert from 'uvu/assert'
import type { Refusal } from '../../../src/model/resource.ts'
import { service } from '../../../src/resources/systemd/service.ts'
import { systemdUnit } from '../../../src/resources/systemd/systemd-unit.ts'
import { timer } from '../../../src/resources/systemd/timer.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { failure } from '../../support/on-host.ts'
import { NAME } from '../../support/releases.ts'
import { ask, INSTALL, on, RUNS, test } from './ground.ts'

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
