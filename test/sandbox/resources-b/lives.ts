import type { Resource } from '../../../src/model/resource.ts'
import { limits } from '../../../src/resources/accounts/limits.ts'
import { git } from '../../../src/resources/archives/git.ts'
import { block } from '../../../src/resources/edits/block.ts'
import { knownHost } from '../../../src/resources/edits/known-host.ts'
import { line } from '../../../src/resources/edits/line.ts'
import { aptPin } from '../../../src/resources/packages/apt-pin.ts'
import { debconf } from '../../../src/resources/packages/debconf.ts'
import { cron } from '../../../src/resources/system/cron.ts'
import { hostname } from '../../../src/resources/system/hostname.ts'
import { locale } from '../../../src/resources/system/locale.ts'
import { timezone } from '../../../src/resources/system/timezone.ts'
import { Secret } from '../../../src/shell/secret.ts'

/** The life of resources of one type: made, in sync, broken by hand, mended, gone. */
export interface Life {
  readonly title: string
  readonly before?: string
  readonly wanted: readonly Resource[]
  /** What the first plan says of each. */
  readonly made: readonly string[][]
  /** sh that fails unless who reads the result understands it. */
  readonly taken: string
  readonly drift: string
  readonly mends: readonly string[][]
  /** What is wanted at last, and sh that fails unless that is so. */
  readonly gone?: readonly [resources: readonly Resource[], so: string]
}

const ED = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
const RSA = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAACAAAAAEAAQAB'

/** The lives of resources whose results somebody else reads. */
export const lives: Life[] = [
  {
    title: 'block',
    before: 'printf "one\\ntwo" >/srv/conf; chmod 640 /srv/conf; chgrp adm /srv/conf; ln -s conf /srv/by-link',
    wanted: [
      block('a', { path: '/srv/conf', content: "$HOME 'x' \\n\n\ny" }),
      block('b', { path: '/srv/by-link', content: new Secret('s3cret'), at: 'start', comment: '//' }),
      block('c', { path: '/srv/new.conf', content: 'z\n', validate: ['grep', '-q', '^z$', '%s'] }),
    ],
    made: [['update in /srv/conf, 3 lines'], ['update in /srv/by-link, secret'], ['create file /srv/new.conf, 1 line']],
    taken: `[ -L /srv/by-link ] && [ "$(stat -c '%a %G' /srv/conf)" = "640 adm" ] && [ "$(stat -c '%a %U' /srv/new.conf)" = "644 root" ] &&
      [ "$(head -n 1 /srv/conf)" = "// provision: begin b" ] && grep -qxF "\\$HOME 'x' \\\\n" /srv/conf && grep -qx two /srv/conf`,
    drift:
      'sed -i s/s3cret/other/ /srv/conf; echo after >>/srv/conf; printf "z\\n# provision: end c\\n" >/srv/new.conf',
    mends: [[], ['update in /srv/by-link, secret'], ['update in /srv/new.conf, 1 line']],
    gone: [
      [
        block('a', { path: '/srv/conf', ensure: 'absent' }),
        block('b', { path: '/srv/conf', ensure: 'absent', comment: '//' }),
        block('never', { path: '/srv/none', ensure: 'absent' }),
      ],
      '[ "$(cat /srv/conf)" = "$(printf "one\\ntwo\\nafter")" ] && [ ! -e /srv/none ]',
    ],
  },
  {
    title: 'line',
    before: 'printf "[a]\\nx=1\\n#UMASK 022\\nUMASK 077\\n[b]\\nend" >/srv/ini',
    wanted: [
      line('umask', { path: '/srv/ini', line: 'UMASK 027', match: '^#?UMASK[[:space:]]' }),
      line('in a', { path: '/srv/ini', line: 'y=$2', after: '^\\[a\\]$' }),
      line('last', { path: '/srv/ini', line: "it's" }),
    ],
    made: [['update in /srv/ini, 1 line'], ['update in /srv/ini, 1 line'], ['update in /srv/ini, 1 line']],
    taken: `[ "$(cat /srv/ini)" = "$(printf "[a]\\ny=\\$2\\nx=1\\nUMASK 027\\n[b]\\nend\\nit's")" ]`,
    drift: 'echo "UMASK 000" >>/srv/ini; sed -i /y=/d /srv/ini',
    mends: [['update in /srv/ini, 1 line'], ['update in /srv/ini, 1 line'], []],
    gone: [
      [line('umask', { path: '/srv/ini', line: 'UMASK 027', match: 'UMASK', ensure: 'absent' })],
      '! grep UMASK /srv/ini',
    ],
  },
  {
    title: 'knownHost',
    before: `cd /etc/ssh; rm -f ssh_known_hosts; printf '%s\\n' 'git.example.com ${RSA}' '# kept' 'git,other.example.com ${RSA}' >ssh_known_hosts; ssh-keygen -q -H -f ssh_known_hosts 2>/dev/null; rm ssh_known_hosts.old
      echo 'a,git.example.com,b ${RSA} note' >>ssh_known_hosts; chmod 644 ssh_known_hosts`,
    wanted: [
      knownHost('git.example.com', { keys: [`${ED} me@here`] }),
      knownHost('[git.example.com]:2222', { keys: [ED, RSA] }),
    ],
    made: [['update in /etc/ssh/ssh_known_hosts, 1 key'], ['update in /etc/ssh/ssh_known_hosts, 2 keys']],
    taken: `cd /etc/ssh; [ "$(ssh-keygen -F git.example.com -f ssh_known_hosts | grep -vc '^#')" = 1 ] && [ "$(ssh-keygen -F '[git.example.com]:2222' -f ssh_known_hosts | grep -vc '^#')" = 2 ] &&
      ssh-keygen -F git -f ssh_known_hosts >/dev/null && ssh-keygen -F b -f ssh_known_hosts >/dev/null && grep -qx '# kept' ssh_known_hosts`,
    drift: `echo 'git.example.com ${RSA}' >>/etc/ssh/ssh_known_hosts`,
    mends: [['update in /etc/ssh/ssh_known_hosts, 1 key'], []],
    gone: [
      [knownHost('git.example.com', { ensure: 'absent' })],
      '! ssh-keygen -F git.example.com -f /etc/ssh/ssh_known_hosts',
    ],
  },
  {
    title: 'aptPin',
    wanted: [aptPin('tests', { packages: ['cron', 'nginx*'], pin: 'release a=no-such', priority: 600 })],
    made: [['create 3 lines, root:root 0644']],
    taken: 'apt-cache policy | grep -q . && [ -z "$(apt-cache policy 2>&1 >/dev/null)" ]',
    drift: 'sed -i s/600/400/ /etc/apt/preferences.d/tests.pref',
    mends: [['update content differs']],
    gone: [[aptPin('tests', { ensure: 'absent' })], '[ ! -e /etc/apt/preferences.d/tests.pref ]'],
  },
  {
    title: 'cron',
    wanted: [
      cron('purge', { schedule: '*/5 3 * jan-jun 1-5', command: 'date +%F >/dev/null', environment: { MAILTO: '' } }),
      cron('start', { schedule: '@reboot', command: 'id >/run/began', user: 'daemon' }),
    ],
    made: [['create 2 lines, root:root 0644'], ['create 1 line, root:root 0644']],
    taken: 'grep -qxF "*/5 3 * jan-jun 1-5 root date +\\%F >/dev/null" /etc/cron.d/purge',
    drift: 'chmod 666 /etc/cron.d/purge; rm /etc/cron.d/start',
    mends: [['update mode 0666 → 0644'], ['create 1 line, root:root 0644']],
    gone: [
      [cron('purge', { ensure: 'absent' }), cron('start', { ensure: 'absent' })],
      '! ls /etc/cron.d/purge /etc/cron.d/start',
    ],
  },
  {
    title: 'limits',
    before: 'getent group builders || groupadd builders',
    wanted: [
      limits('build', { for: ['daemon', '@builders'], set: { nofile: { soft: 2000, hard: 3000 }, core: 'unlimited' } }),
    ],
    made: [['create 6 lines, root:root 0644']],
    taken: '[ "$(su -s /bin/sh -c "ulimit -Sn; ulimit -Hn" daemon | paste -sd " ")" = "2000 3000" ]',
    drift: 'sed -i s/2000/1000/ /etc/security/limits.d/build.conf',
    mends: [['update content differs']],
    gone: [
      [limits('build', { ensure: 'absent' })],
      '[ ! -e /etc/security/limits.d/build.conf ] && [ "$(su -s /bin/sh -c "ulimit -Hn" daemon)" != 3000 ]',
    ],
  },
  {
    title: 'hostname',
    before: 'sed -i /127.0.1.1/d /etc/hosts; echo "127.0.1.1 old" >>/etc/hosts; hostname old; echo old >/etc/hostname',
    wanted: [hostname('web-1.example.com', {})],
    made: [['update at boot old → web-1.example.com', 'update now old → web-1.example.com', 'update in /etc/hosts']],
    taken: `[ "$(hostname)" = web-1.example.com ] && [ "$(hostnamectl --static)" = web-1.example.com ] &&
      [ "$(getent hosts web-1)" = '127.0.1.1       web-1.example.com web-1' ] && ! getent hosts old`,
    drift: 'hostname other; sed -i "s/^127.0.1.1.*/127.0.1.1 other/" /etc/hosts',
    mends: [['update now other → web-1.example.com', 'update in /etc/hosts']],
  },
  {
    title: 'timezone',
    wanted: [timezone('Europe/Berlin', {})],
    made: [['update zone Etc/UTC → Europe/Berlin']],
    taken:
      '[ "$(timedatectl show -p Timezone --value)" = Europe/Berlin ] && [ "$(date -d 2026-01-01 +%Z)" = CET ] && { [ ! -e /etc/timezone ] || grep -qx Europe/Berlin /etc/timezone; }',
    drift: 'ln -sfn ../usr/share/zoneinfo/Asia/Tokyo /etc/localtime',
    mends: [['update zone Asia/Tokyo → Europe/Berlin']],
    gone: [[timezone('Etc/UTC', {})], '[ "$(date +%Z)" = UTC ]'],
  },
]

const REPOSITORY = `
  git config --system --replace-all safe.directory '*'; rm -rf /srv/work /srv/app.git /srv/app; git init -q -b main /srv/work; cd /srv/work; git config user.email a@example.test; git config user.name a
  echo one >f; git add f; git commit -qm one; git tag v1; echo two >f; git commit -qam two; git tag -a -m x v2; git clone -q --bare /srv/work /srv/app.git`

lives.push(
  {
    title: 'locale',
    wanted: [locale('de_DE.UTF-8', { default: true }), locale('C.UTF-8', {})],
    made: [['create locale', 'update in /etc/locale.gen', 'update LANG de_DE.UTF-8'], []],
    taken:
      '[ "$(LC_ALL=de_DE.UTF-8 date -d 2026-03-01 +%B)" = März ] && grep -qx LANG=de_DE.UTF-8 /etc/default/locale && grep -qx "de_DE.UTF-8 UTF-8" /etc/locale.gen && { [ ! -e /etc/locale.conf ] || [ -L /etc/default/locale ]; }',
    drift: 'localedef --delete-from-archive de_DE.utf8; sed -i s/^LANG=.*/LANG=C/ "$(readlink -f /etc/default/locale)"',
    mends: [['create locale', 'update LANG C → de_DE.UTF-8'], []],
    gone: [
      [locale('de_DE.UTF-8', { ensure: 'absent' })],
      '! locale -a | grep de_DE && ! grep -x "de_DE.*" /etc/locale.gen && ! grep LANG /etc/default/locale',
    ],
  },
  {
    title: 'debconf',
    before: 'echo "toy toy/secret password old" | debconf-set-selections',
    wanted: [
      debconf('toy/kind', { package: 'toy', type: 'select', value: "Internet  Site's" }),
      debconf('toy/secret', { package: 'toy', type: 'password', value: new Secret('s3 cret') }),
      debconf('toy/yes', { package: 'toy', type: 'boolean', value: true }),
    ],
    made: [["create answer Internet  Site's"], ['update answer secret'], ['create answer true']],
    taken: `[ "$(echo 'GET toy/kind' | debconf-communicate toy)" = "0 Internet  Site's" ] && [ "$(echo 'GET toy/secret' | debconf-communicate toy)" = "0 s3 cret" ]`,
    drift:
      'echo "toy toy/kind select No configuration" | debconf-set-selections; echo "FSET toy/yes seen false" | debconf-communicate toy',
    mends: [["update answer No configuration → Internet  Site's"], [], ['update answer counts as not given yet']],
    gone: [
      ['kind', 'secret', 'yes'].map((each) => debconf(`toy/${each}`, { package: 'toy', ensure: 'absent' })),
      '! grep toy/ /var/cache/debconf/config.dat',
    ],
  },
  {
    title: 'git',
    before: REPOSITORY,
    wanted: [
      git('/srv/app', { repository: '/srv/app.git', revision: 'main' }),
      git('/srv/tag', { repository: 'file:///srv/app.git', revision: 'v1', user: 'daemon' }),
    ],
    made: [['create at main, from /srv/app.git'], ['create at v1, from file:///srv/app.git']],
    taken: `[ "$(cat /srv/app/f)" = "$(git -C /srv/app.git show main:f)" ] && [ "$(cat /srv/tag/f)" = one ] && [ "$(stat -c %U /srv/tag/f)" = daemon ]`,
    drift:
      'cd /srv/work; echo three >f; git commit -qam three; git push -q /srv/app.git main; chown -R bin /srv/tag; touch /srv/app/made',
    mends: [['update at MAIN'], ['update owner bin → daemon']],
    gone: [
      [git('/srv/tag', { repository: 'file:///srv/app.git', revision: 'v1', ensure: 'absent' })],
      '[ ! -e /srv/tag ] && [ -e /srv/app/made ]',
    ],
  },
)
