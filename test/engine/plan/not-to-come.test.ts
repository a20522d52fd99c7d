/** What a host takes now and will not do: `plan` says it, in the exec that asks what steps lack. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { file, kernelModule, line, type Resource, sysctl, timer } from '../../../src/index.ts'
import { join as all, sh } from '../../../src/shell/script.ts'
import { place } from '../../support/run-local.ts'

const test = suite('what will not come')

/** What a host of these words would say of the resource. */
function foreseen(resource: Resource, load: string, elapse = 'never'): string {
  const { name, props, type } = resource
  const asks = type.foresee?.([{ name, props }], [resource], [resource])
  if (asks === undefined) throw new Error(`nothing asks about ${resource.id}`)
  const at = place()
  const tool = (program: string, ...lines: readonly string[]) =>
    writeFileSync(join(at.path, program), `#!/bin/sh\ncat <<'END'\n${lines.join('\n')}\nEND\n`, { mode: 0o755 })
  try {
    tool('systemctl', load)
    tool('systemd-analyze', '  Original form: x', 'Normalized form: x', `    Next elapse: ${elapse}`)
    return at.run(all([sh`PATH=${at.path}:$PATH`, asks])).trim()
  } finally {
    at.remove()
  }
}

const somaxconn = sysctl('net.core.somaxconn', { value: 4096 })
const old = timer('old', { onCalendar: ['2020-01-01', '*-02-30'], command: ['/bin/true'] })

test('a parameter or a module that nothing sets at boot', () => {
  assert.is(
    foreseen(somaxconn, 'masked'),
    '!\tnet.core.somaxconn\tsystemd-sysctl.service is masked on this host: it is so until the next boot only; unmask that unit to have it at each',
  )
  assert.match(foreseen(kernelModule('dummy', {}), 'masked'), /^!\tdummy\tsystemd-modules-load.service is masked/)
  assert.is(foreseen(somaxconn, 'loaded'), '')
})

test('what is taken away needs no boot', () => {
  assert.is(foreseen(sysctl('net.core.somaxconn', { ensure: 'absent' }), 'masked'), '')
  assert.is(foreseen(kernelModule('dummy', { ensure: 'absent' }), 'masked'), '')
})

test('times that never come', () => {
  assert.is(
    foreseen(old, 'loaded'),
    ['2020-01-01', '*-02-30']
      .map((time) => `!\told\t"${time}" never comes: its dates are past, or do not exist`)
      .join('\n'),
  )
  assert.is(foreseen(old, 'loaded', 'Tue 2026-12-01 00:00:00 UTC'), '')
})

const content = { content: 'x\n' }
for (const [path, why] of [
  [
    '/etc/sudoers.d/team.rules',
    'sudo does not read a file of this name there: it must have no dot, and no ~ at its end',
  ],
  [
    '/etc/cron.daily/backup.sh',
    'cron does not read a file of this name there: it may have letters, digits, - and _ only',
  ],
  ['/etc/apt/sources.list.d/ours', 'apt does not read a file of this name there: it must end in .list or .sources'],
  [
    '/etc/apt/apt.conf.d/99ours.txt',
    'apt does not read a file of this name there: it must have no dot, or end in .conf',
  ],
  ['/etc/sysctl.d/60-limits', 'systemd does not read a file of this name there: it must end in .conf'],
  ['/etc/profile.d/ours', 'the shell does not read a file of this name there: it must end in .sh'],
  ['/etc/systemd/journald.conf.d/ours', 'systemd does not read a file of this name there: it must end in .conf'],
] as const)
  test(`a file that nobody reads: ${path}`, () => {
    assert.is(foreseen(file(path, content), ''), `!\t${path}\t${why}`)
    assert.is(foreseen(line('l', { path, line: 'x' }), ''), `!\tl\t${why}`)
    assert.is(foreseen(file(path, { ensure: 'absent' }), ''), '')
  })

for (const path of ['/etc/sudoers.d/team', '/etc/cron.d/our-jobs_1', '/etc/apt/apt.conf.d/99ours', '/etc/motd.x'])
  test(`a file that is read: ${path}`, () => assert.is(foreseen(file(path, content), ''), ''))

const ROOTS = 'reads a file only if it belongs to root and nobody else may write it'
const RUNS = 'runs only executable files there'
for (const [path, access, why] of [
  ['/etc/cron.d/ours', { mode: '0664' }, `cron ${ROOTS}`],
  ['/etc/crontab', { owner: 'daemon' }, `cron ${ROOTS}`],
  ['/etc/sudoers.d/ours', { mode: '0666' }, `sudo ${ROOTS}`],
  ['/etc/logrotate.d/ours', { mode: '0646' }, `logrotate ${ROOTS}`],
  ['/etc/logrotate.d/ours', { mode: '0640', group: 'adm' }, ''],
  ['/etc/sudoers.d/ours', { mode: '0440' }, ''],
  ['/etc/cron.daily/ours', {}, `cron ${RUNS}`],
  ['/etc/cron.daily/ours', { mode: '0755' }, ''],
  ['/etc/update-motd.d/10-ours.sh', { mode: '0644' }, `pam_motd ${RUNS}`],
  ['/etc/motd', { mode: '0666' }, ''],
] as const)
  test(`a file whose mode or owner its program ${why === '' ? 'likes' : 'does not like'}: ${path} ${JSON.stringify(access)}`, () => {
    assert.is(foreseen(file(path, { ...content, ...access }), ''), why === '' ? '' : `!\t${path}\t${why}`)
  })

test.run()
