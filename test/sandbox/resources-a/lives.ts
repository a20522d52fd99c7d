import * as assert from 'uvu/assert'
import { command } from '../../../src/resources/command.ts'
import { directory } from '../../../src/resources/files/directory.ts'
import { file } from '../../../src/resources/files/file.ts'
import { hostsFile } from '../../../src/resources/files/hosts-file.ts'
import { link } from '../../../src/resources/files/link.ts'
import { sysctl } from '../../../src/resources/sysctl.ts'
import { mount } from '../../../src/resources/systemd/mount.ts'
import { timer } from '../../../src/resources/systemd/timer.ts'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { NAME } from '../../support/releases.ts'
import { PATIENCE } from '../../support/until.ts'
import { ask, fails, life, must, on, plan, test } from './ground.ts'

life(
  'file',
  [
    file('/etc/a b', { content: 'x\n', mode: '0640', group: 'adm' }),
    file('/etc/key', { content: new Secret('s3cret'), mode: '0600', owner: 'daemon' }),
  ],
  [['create 1 line, root:adm 0640'], ['create secret, daemon:root 0600']],
  'chmod 644 "/etc/a b"; echo y >/etc/key; chown root /etc/key',
  [['update mode 0644 → 0640'], ['update content differs (secret)', 'update owner root:root → daemon:root']],
  [file('/etc/a b', { ensure: 'absent' }), file('/etc/key', { ensure: 'absent' })],
)
life(
  'directory',
  [directory('/srv/app', { mode: '0750', group: 'adm', only: ['keep'] })],
  [['create root:adm 0750']],
  'chmod 700 /srv/app; touch /srv/app/keep /srv/app/stray /srv/app/x.dpkg-old; mkdir /srv/app/dir',
  [['update mode 0700 → 0750', 'remove entry dir', 'remove entry stray']],
  [directory('/srv/app', { ensure: 'absent' })],
)
life(
  'link',
  [link('/srv/current', { to: '/srv' })],
  [['create to /srv']],
  'ln -sfn /etc /srv/current',
  [['update to /etc → /srv']],
  [link('/srv/current', { ensure: 'absent' })],
)
life(
  'sysctl',
  [
    sysctl('net.ipv4.ip_local_port_range', { value: '32768  60000' }),
    sysctl('net.ipv4.conf.lo.forwarding', { value: 1 }),
  ],
  [
    ['create at boot 32768 60000', 'update now 32768 60999 → 32768 60000'],
    ['create at boot 1', 'update now 0 → 1'],
  ],
  'echo 0 >/proc/sys/net/ipv4/conf/lo/forwarding; echo "# more" >>/etc/sysctl.d/90-provision-net.ipv4.ip_local_port_range.conf',
  [['update at boot 32768 60000 … → 32768 60000'], ['update now 0 → 1']],
  [
    sysctl('net.ipv4.ip_local_port_range', { ensure: 'absent' }),
    sysctl('net.ipv4.conf.lo.forwarding', { ensure: 'absent' }),
  ],
)
test(`${NAME}: sysctl: what the kernel does not take is not left for the next boot`, async () => {
  const files = 'ls /etc/sysctl.d | grep -c provision || :'
  await fails(
    on().converge(sysctl('net.core.somaxconn', { value: 999999999999 })),
    /the kernel does not take 999999999999: Invalid argument/,
  )
  await fails(
    on().converge(sysctl('net.no.such', { value: 1 })),
    /net\.no\.such: the kernel does not know this parameter/,
  )
  await fails(
    on().converge(sysctl('net.core.somaxconn', { value: '0x80' })),
    /the kernel made 128 of 0x80; write a value that it keeps/,
  )
  assert.is(await ask(`${files}; cat /proc/sys/net/core/somaxconn`), '0\n4096')
  await on().converge(sysctl('net.core.somaxconn', { value: 4000 }))
  await fails(on().converge(sysctl('net.core.somaxconn', { value: 'many' })), /does not take many/)
  assert.is(
    await ask('cat /etc/sysctl.d/90-provision-*; cat /proc/sys/net/core/somaxconn'),
    'net.core.somaxconn = 4000\n4000',
  )
})

test(`${NAME}: sysctl: what wins at a boot is a remark, as systemd reads its files`, async () => {
  const wanted = sysctl('net.core.somaxconn', { value: 4000 })
  const type = wanted.type as unknown as typeof sysctl.type
  const remark = async () => type.warn?.(wanted.props as never, type.parse(await on().records(wanted)))
  const boot = () =>
    ask('/usr/lib/systemd/systemd-sysctl; cat /proc/sys/net/core/somaxconn; echo 4000 >/proc/sys/net/core/somaxconn')
  assert.is(await remark(), undefined)
  for (const [path, line, wins] of [
    ['/etc/sysctl.d/10-early.conf', 'net.core.somaxconn = 5', false],
    ['/usr/lib/sysctl.d/zz-late.conf', '-net/core/somaxconn=6', true],
    ['/run/sysctl.d/zz-late.conf', '# masks the other', false],
    ['/etc/sysctl.d/zzz.conf', '\tnet.core.somaxconn\t=\t7', true],
  ] as const) {
    await must(`mkdir -p $(dirname ${path}); printf %b '${line}\\n' >${path}`)
    assert.is((await remark())?.startsWith(`${path} is read later`) ?? false, wins, path)
    assert.is((await boot()) !== '4000', wins, path)
  }
  await must(
    'rm /etc/sysctl.d/zzz.conf /etc/sysctl.d/10-early.conf /usr/lib/sysctl.d/zz-late.conf /run/sysctl.d/zz-late.conf',
  )
  await on().converge(sysctl('net.core.somaxconn', { ensure: 'absent' }))
})

test(`${NAME}: sysctl: dots in the name of an interface, with slashes around them`, async () => {
  await must('ip link add veth.100 type veth peer name veth.101')
  for (const key of ['net/ipv4/conf/veth.100/rp_filter', 'net.ipv4.conf.veth/100.rp_filter']) {
    await must('echo 1 >/proc/sys/net/ipv4/conf/veth.100/rp_filter')
    await on().converge(sysctl(key, { value: 2 }))
    await must('echo 1 >/proc/sys/net/ipv4/conf/veth.100/rp_filter; /usr/lib/systemd/systemd-sysctl')
    assert.equal(await plan(sysctl(key, { value: 2 })), [[]])
    await on().converge(sysctl(key, { ensure: 'absent' }))
  }
  await must('ip link del veth.100')
})

life(
  'mount',
  [
    mount('/srv/data-1/my dir', { device: 'tmpfs', type: 'tmpfs', options: ['size=8m', 'mode=0700'] }),
    mount('/srv/bind', { device: '/etc', options: ['bind', 'ro'] }),
  ],
  [
    ['create srv-data\\x2d1-my\\x20dir.mount: 11 lines, root:root 0644', 'create enabled', 'create running'],
    ['create srv-bind.mount: 10 lines, root:root 0644', 'create enabled', 'create running'],
  ],
  'mountpoint -q "/srv/data-1/my dir" && test -e /srv/bind/hostname && umount /srv/bind && sed -i s/8m/4m/ /etc/systemd/system/srv-data*',
  [
    [
      'update srv-data\\x2d1-my\\x20dir.mount: content differs',
      'reload options size=4m,mode=0700 → size=8m,mode=0700, remounted in place',
    ],
    ['update inactive → running'],
  ],
  [mount('/srv/data-1/my dir', { ensure: 'absent' }), mount('/srv/bind', { ensure: 'absent' })],
)
life(
  'timer',
  [timer('purge', { onCalendar: 'daily', command: ['/bin/sh', '-c', 'echo "100% $HOME" >/run/purged'] })],
  [
    [
      'create purge.timer: 9 lines, root:root 0644',
      'create purge.service: 6 lines, root:root 0644',
      'create enabled',
      'create running',
    ],
  ],
  'systemctl disable -q --now purge.timer; rm /etc/systemd/system/purge.service',
  [['create purge.service: 6 lines, root:root 0644', 'update disabled → enabled', 'update inactive → running']],
  [timer('purge', { ensure: 'absent' })],
)
life(
  'command',
  [
    command('mark', {
      run: sh`echo "$(id -un) $(cat) $PWD" >/tmp/marked`,
      unless: sh`grep -q daemon /tmp/marked`,
      user: 'daemon',
      cwd: '/srv',
      stdin: new Secret('pw'),
      timeout: PATIENCE,
    }),
  ],
  [['update run echo "$(id -un) $(cat) $PWD" >/tmp/marked']],
  'grep -x "daemon pw /srv" /tmp/marked && rm /tmp/marked',
  [['update run echo "$(id -un) $(cat) $PWD" >/tmp/marked']],
  [],
)
life(
  'hosts file',
  [hostsFile('/etc/hosts', { entries: [{ address: '10.9.9.1', names: ['zk-1', 'zk-1.example.com'] }] })],
  [['update content differs']],
  'getent hosts zk-1.example.com | grep 10.9.9.1; printf "127.0.1.1 zk-1\\n10.9.9.9 zk-1\\n" >>/etc/hosts',
  [['update content differs']],
  [hostsFile('/etc/hosts', { ensure: 'absent' })],
)
