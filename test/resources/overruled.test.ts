/** What files beside one say otherwise of the same, and win. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { file, limits, line, type Resource, systemdUnit } from '../../src/index.ts'
import { join, type Script, sh } from '../../src/shell/script.ts'
import { type Place, place } from '../support/run-local.ts'

const test = suite<{ at: Place }>('files that other files overrule')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

type Files = Readonly<Record<string, string>>

function write(at: Place, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at.path + path), { recursive: true })
    writeFileSync(at.path + path, text)
  }
}

/** A script whose folders are those of a place. */
const there = (at: Place, script: Script): Script => ({
  ...script,
  text: script.text.replace(/(?<=[\s'=<])\/(etc|run|usr\/(?:local\/)?lib)\//g, `${at.path}/$1/`),
})

/** What plan says of a resource on a host with these files. */
function says(at: Place, resource: Resource, files: Files, steps: readonly Resource[] = [resource]): readonly string[] {
  write(at, files)
  const { type, name, props } = resource
  const script = type.foresee?.([{ name, props }], steps, steps) ?? sh``
  const said = at.run(there(at, script)).trim().replaceAll(at.path, '')
  return said.split('\n').map((each) => each.replace(/^!\t[^\t]*\t/, ''))
}

const wins = (path: string, when: 'later' | 'earlier', sets: string): string =>
  `${path} is read ${when} and wins: it ${sets}`

/** A path, its text, another path, its text, and what plan says. */
const cases: readonly (readonly [path: string, text: string, other: string, otherText: string, sets: string])[] = [
  [
    '/etc/security/limits.d/a.conf',
    '* - nofile 9999\n',
    '/etc/security/limits.d/b.conf',
    '* hard nofile 10 # x\n',
    'sets * hard nofile to 10',
  ],
  ['/etc/security/limits.d/a.conf', '* - nofile 9999\n', '/etc/security/limits.d/b.conf', 'root - nofile 10\n', ''],
  ['/etc/security/limits.d/b.conf', '* - nofile 9999\n', '/etc/security/limits.d/a.conf', '* - nofile 10\n', ''],
  ['/etc/security/limits.d/a.conf', '* - core -1\n', '/etc/security/limits.d/b.conf', '* - core unlimited\n', ''],
  ['/etc/security/limits.d/a.conf', '* - core 0\n', '/etc/security/limits.d/b', '* - core 1\n', ''],
  [
    '/etc/sysctl.d/50-a.conf',
    'net.core.somaxconn = 4096\n',
    '/etc/sysctl.d/99-b.conf',
    '-net/core/somaxconn=128\n',
    'sets net.core.somaxconn to 128',
  ],
  [
    '/etc/sysctl.d/50-a.conf',
    'vm.swappiness = 1\n',
    '/usr/lib/sysctl.d/60-b.conf',
    'vm.swappiness = 2\n',
    'sets vm.swappiness to 2',
  ],
  ['/etc/sysctl.d/50-a.conf', 'vm.swappiness = 1\n', '/usr/lib/sysctl.d/50-a.conf', 'vm.swappiness = 2\n', ''],
  [
    '/etc/modprobe.d/a.conf',
    'options snd-hda power=1\n',
    '/etc/modprobe.d/b.conf',
    'options snd_hda model=x power=0\n',
    'sets snd_hda power to 0',
  ],
  ['/etc/modprobe.d/a.conf', 'blacklist x\n', '/etc/modprobe.d/b.conf', 'options x y=1\n', ''],
  [
    '/etc/profile.d/a.sh',
    'export EDITOR=vim\nPATH=$PATH:/a\n',
    '/etc/profile.d/b.sh',
    'EDITOR="nano"\nPATH=$PATH:/b\n',
    'sets EDITOR to nano',
  ],
  ['/etc/profile.d/a.sh', 'export EDITOR=vim\n', '/etc/profile.d/b.sh', 'export EDITOR="vim"\n', ''],
  [
    '/etc/ssh/sshd_config.d/50-a.conf',
    'PasswordAuthentication no\nPort 22\n',
    '/etc/ssh/sshd_config.d/10-cloud.conf',
    'passwordauthentication yes\nPort 23\n',
    'sets passwordauthentication to yes',
  ],
  [
    '/etc/ssh/sshd_config.d/50-a.conf',
    'X11Forwarding no\n',
    '/etc/ssh/sshd_config.d/10-b.conf',
    'Match User a\nX11Forwarding yes\n',
    '',
  ],
  [
    '/etc/ssh/sshd_config.d/50-a.conf',
    'X11Forwarding no\n',
    '/etc/ssh/sshd_config.d/60-b.conf',
    'X11Forwarding yes\n',
    '',
  ],
  [
    '/etc/apt/apt.conf.d/50a',
    'APT::Install-Recommends "false";\nDPkg::Options:: "x";\n',
    '/etc/apt/apt.conf.d/99b',
    'APT::Install-Recommends "true";\nDPkg::Options:: "y";\n',
    'sets apt::install-recommends to true',
  ],
  [
    '/etc/systemd/journald.conf.d/a.conf',
    '[Journal]\nSystemMaxUse=1G\n',
    '/etc/systemd/journald.conf.d/b.conf',
    '[Journal]\nSystemMaxUse=2G\n',
    'sets [Journal] SystemMaxUse= to 2G',
  ],
  [
    '/etc/systemd/system/x.service.d/a.conf',
    '[Service]\nMemoryMax=1G\nEnvironment=A=1\n',
    '/run/systemd/system/x.service.d/b.conf',
    '[Service]\nEnvironment=A=2\nMemoryMax=2G\n',
    'sets [Service] MemoryMax= to 2G',
  ],
  [
    '/etc/systemd/system/x.service.d/a.conf',
    '[Service]\nNice=1\n',
    '/etc/systemd/system/y.service.d/b.conf',
    '[Service]\nNice=2\n',
    '',
  ],
  [
    '/etc/tmpfiles.d/b.conf',
    'd /srv/app 0755 root root -\n',
    '/etc/tmpfiles.d/a.conf',
    'd /srv/app 0700 root root -\n',
    'sets /srv/app to d 0700 root root -',
  ],
  [
    '/etc/logrotate.d/b',
    '/var/log/a.log {\n daily\n}\n',
    '/etc/logrotate.d/a',
    '"/var/log/a.log" /var/log/b.log {\n weekly\n}\n',
    'has /var/log/a.log, too',
  ],
  [
    '/etc/sudoers.d/10-a',
    'joe ALL=(ALL) NOPASSWD: ALL\n',
    '/etc/sudoers.d/90-b',
    'joe  ALL = (ALL) ALL\n',
    'sets joe ALL=(ALL) ALL to PASSWD:',
  ],
  [
    '/etc/sudoers.d/10-a',
    'Defaults timestamp_timeout=5\n',
    '/etc/sudoers.d/90-b',
    'Defaults timestamp_timeout=0, use_pty\n',
    'sets Defaults timestamp_timeout to timestamp_timeout=0',
  ],
  ['/etc/sudoers.d/10-a', 'joe ALL=(ALL) ALL\n', '/etc/sudoers.d/90-b', 'ann ALL=(ALL) NOPASSWD: ALL\n', ''],
]
for (const [path, text, other, otherText, sets] of cases)
  test(`${path} beside ${other}: ${JSON.stringify(otherText)}`, ({ at }) => {
    const when = /sshd|tmpfiles|logrotate/.test(path) ? 'earlier' : 'later'
    const expected = [sets === '' ? '' : wins(other, when, sets)]
    assert.equal(says(at, file(path, { content: text }), { [other]: otherText }), expected)
  })

const LATER = { '/etc/security/limits.d/zz.conf': '* - nofile 10\n' }
const ours = limits('app', { for: ['*'], set: { nofile: 9999 } })
const both = ['soft', 'hard'].map((kind) =>
  wins('/etc/security/limits.d/zz.conf', 'later', `sets * ${kind} nofile to 10`),
)

test('what other types write is asked about, too, unless it changes in the same run', ({ at }) => {
  assert.equal(says(at, ours, LATER), both)
  assert.equal(says(at, ours, LATER, [ours, file('/etc/security/limits.d/zz.conf', { ensure: 'absent' })]), [''])
  const path = '/etc/security/limits.d/a.conf'
  assert.equal(says(at, line('l', { path, line: '* soft nofile 99' }), LATER), both.slice(0, 1))
  const dropIn = systemdUnit('x.service.d/a.conf', { content: '[Service]\nNice=1\n' })
  const nice = { '/etc/systemd/system/x.service.d/b.conf': '[Service]\nNice=2\n' }
  assert.equal(says(at, dropIn, nice), [wins(Object.keys(nice)[0] as string, 'later', 'sets [Service] Nice= to 2')])
})

test('limits say so when they are in sync, too', ({ at }) => {
  const { type, name, props } = ours
  write(at, { ...LATER, '/etc/security/limits.d/app.conf': '* - nofile 9999\n' })
  const probe = join([...(type.probeFunctions ?? []), type.observe([{ name, props }])])
  const records = at
    .run(there(at, probe))
    .replaceAll(at.path, '')
    .trim()
    .split('\n')
    .map((each) => each.split('\t'))
  const is = type.parse(records.filter(([first]) => first === name).map((fields) => fields.slice(1)))
  assert.is(type.warn?.(props, is), both.join('; '))
})

test.run()
