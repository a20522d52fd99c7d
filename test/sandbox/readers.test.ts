/**
 * Files with which a mistake makes a host unusable are tried out by the program that reads them, whichever type writes
 * them and though no recipe asks for it.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Resource } from '../../src/model/resource.ts'
import { block } from '../../src/resources/edits/block.ts'
import { line } from '../../src/resources/edits/line.ts'
import { file } from '../../src/resources/files/file.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'

const test = suite('files that are tried out by who reads them')
const { host } = await withHosts(test, import.meta.url, [{ name: NAME, release: RELEASE }])

const SSHD = '/etc/ssh/sshd_config'
const APT = '/etc/apt/sources.list.d'
const REPOSITORY = 'Types: deb\nURIs: http://repository.invalid/\nSuites: a\nComponents: main\n'

const BLANK = '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n'

/** Who refuses what, and where: written whole, or as a line or a block of it. */
const refused: readonly (readonly [reader: string, path: string, resource: Resource])[] = [
  ['visudo', '/etc/sudoers.d/ops', file('/etc/sudoers.d/ops', { content: 'ops ALL=(ALL\n', mode: '0440' })],
  ['visudo', '/etc/sudoers', line('ops', { path: '/etc/sudoers', line: 'ops ALL' })],
  ['sshd', `${SSHD}.d/ops.conf`, file(`${SSHD}.d/ops.conf`, { content: 'PermitRootLogins no\n' })],
  ['sshd', SSHD, line('root', { path: SSHD, line: 'PermitRootLogin perhaps', match: '^#?PermitRootLogin ' })],
  ['sshd', SSHD, block('ops', { path: SSHD, content: 'MaxSessions many\n' })],
  ...(
    [
      ['apt-get', `${APT}/ops.list`, 'http://repository.invalid a main\n'],
      ['apt-get', `${APT}/ops.sources`, REPOSITORY.replace('Types', 'Typos')],
      ['apt-config', '/etc/apt/apt.conf.d/99ops', '{ "0"; };\n'],
      ['apt-cache', '/etc/apt/preferences.d/ops', 'Pin: release n=bookworm\nPin-Priority: 1\n'],
      ['dpkg', '/etc/dpkg/dpkg.cfg.d/ops', 'force-unsafe-iO\n'],
      ['ssh', '/etc/ssh/ssh_config.d/ops.conf', 'Host *\n  StrictHostKeyChecks no\n'],
      ['PAM', '/etc/pam.d/ops', 'auth required pam_nosuch.so\n'],
      ['PAM', '/etc/pam.d/ops', 'auth requird pam_unix.so\n'],
      ['PAM', '/etc/pam.d/ops', '@include nosuch\n'],
      ['pam_limits', '/etc/security/limits.d/ops.conf', '* hard nofile 999999999999\n'],
      ['pam_limits', '/etc/security/limits.d/ops.conf', '# x\nops hard nofiles 65536\n'],
      ['pam_limits', '/etc/security/limits.conf', 'ops nofile 65536\n'],
      ['pam_limits', '/etc/security/limits.conf', 'ops - nofile 64k\n'],
      ['bash', '/etc/profile.d/ops.sh', 'if true; then echo x\n'],
      ['systemd', '/etc/systemd/system/ops.service', BLANK.replace('ExecStart', 'ExecStrat')],
      ['systemd', '/etc/systemd/system/ops.service.d/a.conf', '[Service]\nMemoryMaxx=1G\n'],
      ['nft', '/etc/nftables.conf', 'flush ruleset\ntable inet x { chain y { accept everything } }\n'],
      ['cron', '/etc/cron.d/ops', '61 * * * * root true\n'],
      ['cron', '/etc/cron.d/ops', '* * * * * root true'],
      ['crontab', '/var/spool/cron/crontabs/root', '61 * * * * true\n'],
      ['rsyslogd', '/etc/rsyslog.d/ops.conf', 'if $msg contains "x" the stop\n'],
      ['rsyslogd', '/etc/rsyslog.d/ops.conf', '*.info /var/log/ops.log;nosuch(\n'],
      ['rsyslogd', '/etc/rsyslog.conf', 'module(load="imuxsock"\n*.* /var/log/all\n'],
      ['modprobe', '/etc/modprobe.d/ops.conf', 'blacklists nouveau\n'],
      ['systemd-sysctl', '/etc/sysctl.d/ops.conf', '# x\nvm.swappiness: 1\n'],
      ['systemd-sysctl', '/etc/sysctl.conf', 'vm.swappiness 1\n'],
      ['systemd-tmpfiles', '/etc/tmpfiles.d/ops.conf', 'dd /run/ops 0755 root root\n'],
      ['systemd-tmpfiles', '/etc/tmpfiles.d/ops.conf', 'd run/ops 0755 root root\n'],
      ['systemd-sysusers', '/etc/sysusers.d/ops.conf', 'u ops\nuu other\n'],
      ['getent', '/etc/nsswitch.conf', 'passwd: filse\ngroup: files\nhosts: files\n'],
      ['getent', '/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: file\n'],
      ['dnsmasq', '/etc/dnsmasq.d/ops', 'servers=192.0.2.1\n'],
      ['logrotate', '/etc/logrotate.d/ops', '/var/log/ops.log {\n  weeklyy\n}\n'],
      ['chronyd', '/etc/chrony/conf.d/ops.conf', 'servr 192.0.2.1\n'],
      ['ifquery', '/etc/network/interfaces.d/ops', 'iface eth9 inet sttatic\n'],
    ] as const
  ).map(([reader, path, content]) => [reader, path, file(path, { content })] as const),
  ...[
    'tmpfs /srv/a\n',
    'tmpfs srv/a tmpfs defaults 0 0\n',
    'tmpfs /srv/a tmpfs size=lots 0 0\n',
    'tmpfs /srv/a tmpfs size=lots,nofail 0 0\n',
    'tmpfs /srv/a tnpfs defaults 0 0\n',
    '/dev/nosuch /srv/a ext4 defaults 0 2\n',
    'tmpfs /srv/a tmpfs defaults 0 0\ntmpfs /srv/a tmpfs size=1m 0 0\n',
  ].map((content) => ['mount', '/etc/fstab', file('/etc/fstab', { content })] as const),
  ['mount', '/etc/fstab', line('fstab', { path: '/etc/fstab', line: 'tmpfs /srv/a tmpfs mode=rw 0 0' })],
]

const taken: readonly Resource[] = [
  file('/etc/sudoers.d/ops', { content: 'ubuntu ALL=(ALL) NOPASSWD: ALL\n', mode: '0440' }),
  file('/etc/sudoers.d/not.read', { content: 'sudo leaves out names with a dot\n' }),
  ...(
    [
      [`${SSHD}.d/ops.conf`, 'MaxAuthTries 5\nMatch User ops\n  X11Forwarding no\n'],
      [`${SSHD}.d/ops.txt`, 'not read by sshd\n'],
      [`${APT}/ops.sources`, REPOSITORY],
      [`${APT}/ops.list`, ''],
      ['/etc/apt/apt.conf.d/99ops', 'APT::Install-Recommends "0";\n'],
      ['/etc/apt/preferences.d/ops.pref', 'Package: no-such\nPin: release n=bookworm\nPin-Priority: 1\n'],
      ['/etc/dpkg/dpkg.cfg.d/ops', '# quick\nforce-unsafe-io\npath-exclude=/usr/share/nosuch/*\n'],
      ['/etc/ssh/ssh_config.d/ops.conf', 'Host *\n  StrictHostKeyChecking accept-new\n'],
      [
        '/etc/pam.d/ops',
        '#%PAM-1.0\nauth [success=1 default=ignore] pam_unix.so nullok \\\n  try_first_pass # x\n-auth optional pam_nosuch.so\nAccount required pam_permit.so\n@include common-session\nsession include common-session\n'.replace(
          'Account',
          'account',
        ),
      ],
      ['/etc/security/limits.d/ops.conf', '# x\n\n@ops Hard NOFILE 65536 # y\nops - core unlimited\n:1000 -\n'],
      ['/etc/security/limits.d/ops.txt', 'not read by pam_limits\n'],
      ['/etc/profile.d/ops.sh', 'list=(a b)\n[[ -n $list ]] && export X=1\n'],
      ['/etc/systemd/system/ops.service', `${BLANK}# its program may come later\nExecStartPre=/opt/later\n`],
      ['/etc/systemd/system/ops@.service', `${BLANK}User=%i\n`],
      ['/etc/nftables.conf', '#!/usr/sbin/nft -f\nflush ruleset\ntable inet x {\n  chain y {\n    accept\n  }\n}\n'],
      [
        '/etc/cron.d/ops',
        'MAILTO=""\n# x\n@daily root true\n*/5 1-3 * jan mon-fri daemon echo 100\\% x=y >/dev/null\n',
      ],
      [
        '/etc/logrotate.d/ops',
        '/var/log/not-yet.log /var/log/nor/*.log {\n  weekly\n  postrotate\n  true\n  endscript\n}\n',
      ],
      ['/var/spool/cron/crontabs/root', 'MAILTO=""\n@daily true\n*/5 1-3 * jan mon-fri echo 100\\% x=y\n'],
      [
        '/etc/rsyslog.d/ops.conf',
        '$template ours,"%msg%\\n"\nif $msg contains "x" then stop\n*.info /var/log/ops.log;ours\n',
      ],
      ['/etc/rsyslog.d/zz-later.conf', '*.info /var/log/later.log;ours\n'],
      ['/etc/rsyslog.d/empty.conf', '# nothing yet\n'],
      [
        '/etc/modprobe.d/ops.conf',
        '# x\nblacklist nouveau\noptions nf_conntrack hashsize=4096\ninstall dccp /bin/false\n',
      ],
      [
        '/etc/sysctl.d/ops.conf',
        '# x\n; y\nvm.swappiness=1\n-net.nosuch.key = 5\n-net.ipv4.conf.eth0.rp_filter\nnet/ipv4/conf/a.b/rp_filter=1\n\n',
      ],
      ['/etc/tmpfiles.d/ops.conf', 'd /run/ops 0755 root root - -\nL+ /run/link - - - - /etc\nx /tmp/keep*\n'],
      ['/etc/sysusers.d/ops.conf', 'g opsgroup -\nu opsuser - "Ops" /nonexistent\n'],
      [
        '/etc/nsswitch.conf',
        'passwd: files systemd\ngroup: files systemd\nshadow: files\nhosts: files dns\nnetworks: files\n',
      ],
      ['/etc/dnsmasq.d/ops', 'server=/consul/127.0.0.1#8600\n'],
      ['/etc/chrony/conf.d/ops.conf', 'makestep 1 3\n'],
      ['/etc/network/interfaces.d/ops', 'iface eth9 inet dhcp\n'],
      [
        '/etc/fstab',
        '# static\n\ntmpfs /srv/my\\040dir tmpfs size=1m,x-systemd.device-timeout=5 0 0\n/usr/share /srv/b none bind,ro 0 0\n/srv/later /srv/c none bind\n/dev/nosuch /srv/d ext4 nofail 0 2\n/dev/nosuch /srv/e ext4 noauto 0 2\n192.0.2.1:/x /srv/f nfs defaults 0 0\n/swap none swap sw 0 0\n/swap2 none swap sw 0 0\n',
      ],
    ] as const
  ).map(([path, content]) => file(path, { content })),
  file('/etc/sudoers.d/meant', { content: 'a dot\n', validate: ['true'] }),
]
const PLACES = [
  '/etc/sudoers',
  SSHD,
  `${APT}/*`,
  '/etc/apt/apt.conf.d/*',
  '/etc/fstab',
  '/etc/nftables.conf',
  '/etc/nsswitch.conf',
  '/etc/rsyslog.conf',
].join(' ')
const FOLDERS =
  '/etc/sudoers.d /etc/ssh/* /etc/apt/preferences.d /etc/dpkg/dpkg.cfg.d /etc/pam.d /etc/profile.d /etc/systemd/system /etc/cron.d /etc/logrotate.d /etc/chrony/conf.d /etc/network/interfaces.d /etc/rsyslog.d /etc/modprobe.d /etc/sysctl.d /etc/tmpfiles.d /etc/sysusers.d /etc/dnsmasq.d /var/spool/cron/crontabs /srv'

test.before(async () => {
  const install = 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends'
  const packages = 'cron logrotate nftables chrony ifupdown rsyslog kmod dnsmasq-base'
  const hold = 'printf "#!/bin/sh\\nexit 101\\n" >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d'
  const { code, stderr } = await host(NAME).sh(
    `${hold} && ${install} ${packages} >/dev/null && mkdir -p /etc/dnsmasq.d /etc/sysusers.d /etc/network/interfaces.d /etc/systemd/system/ops.service.d`,
  )
  assert.is(code, 0, stderr)
})

test(`${NAME}: a mistake is refused, and the file is as it was`, async () => {
  const sum = `cat ${PLACES} | sha256sum; ls -AR ${FOLDERS}; findmnt -r | grep -v ^/run/credentials/` // systemd's own, which come and go with its services
  const before = await host(NAME).sh(sum)
  for (const [reader, path, resource] of refused) {
    const said = await failure(onHost(host(NAME)).converge(resource), resource.id)
    if (process.env.SAY) console.log(said)
    assert.match(said, `${path}: ${reader} refused the new content; the file is as it was`)
  }
  assert.is((await host(NAME).sh(sum)).stdout, before.stdout)
  assert.is((await host(NAME).sh('ls /run/provision/new')).stdout, '')
})

test(`${NAME}: what its reader takes, and what nobody reads, is written`, async () => {
  for (const resource of taken) await onHost(host(NAME)).converge(resource)
  const { code, stderr } = await host(NAME).sh(
    'rm /etc/sudoers.d/meant; visudo -cq && sshd -t && apt-get indextargets >/dev/null',
  )
  assert.is(code, 0, stderr)
})

test(`${NAME}: a host whose sshd has neither run nor got its keys yet`, async () => {
  await host(NAME).sh('mkdir /srv/away && mv /etc/ssh/ssh_host_* /srv/away && mv /run/sshd /srv/sshd')
  await onHost(host(NAME)).converge(file(`${SSHD}.d/ops.conf`, { content: 'MaxAuthTries 4\n' }))
  const { code } = await host(NAME).sh('mv /srv/away/* /etc/ssh && rm -rf /srv/away /srv/sshd && sshd -t')
  assert.is(code, 0)
})

test.run()
