import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../src/model/plan.ts'
import { type Change, type Resource, repair } from '../../src/model/resource.ts'
import { command } from '../../src/resources/command.ts'
import { directory } from '../../src/resources/files/directory.ts'
import { file } from '../../src/resources/files/file.ts'
import { hostsFile } from '../../src/resources/files/hosts-file.ts'
import { link } from '../../src/resources/files/link.ts'
import { sysctl } from '../../src/resources/sysctl.ts'
import { mount, mountUnit } from '../../src/resources/systemd/mount.ts'
import { service, serviceType } from '../../src/resources/systemd/service.ts'
import type { ServiceState } from '../../src/resources/systemd/service-look.ts'
import { systemdUnit } from '../../src/resources/systemd/systemd-unit.ts'
import { timer } from '../../src/resources/systemd/timer.ts'
import { empty, join, sh } from '../../src/shell/script.ts'
import { Secret } from '../../src/shell/secret.ts'
import { withHosts } from '../support/hosts.ts'
import { changesOf } from '../support/loop.ts'
import { onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'

const test = suite('resource types on hosts')
const { host } = await withHosts(test, import.meta.url, [{ name: NAME, release: RELEASE }])

const texts = (verdict: unknown): readonly string[] =>
  changesOf(verdict as readonly Change[]).map((change) => `${change.action} ${changeText(change)}`)

const ask = async (words: string): Promise<string> => (await host(NAME).sh(words)).stdout.trim()
const must = async (words: string): Promise<void> => {
  const { code, stdout, stderr } = await host(NAME).sh(words)
  assert.is(code, 0, `${words}: ${stdout}${stderr}`)
}
const on = () => onHost(host(NAME))
const plan = async (...r: readonly Resource[]) => (await on().plan(...r)).map(texts)
const fails = async (work: Promise<unknown>, words: RegExp): Promise<void> => {
  const error = await work.then(
    () => undefined,
    (e: Error) => e,
  )
  assert.ok(error, `should have failed with ${words}`)
  assert.match(error.message, words, error.message)
}

/** The life of a resource: made, in sync, broken by hand, mended, gone. Each time what the plan says is given. */
const life = (
  title: string,
  wanted: readonly Resource[],
  made: readonly string[][],
  drift: string,
  mends: readonly string[][],
  gone: readonly Resource[],
): void =>
  test(`${NAME}: ${title}`, async () => {
    assert.equal((await on().converge(...wanted)).plan.map(texts), made)
    assert.ok((await plan(...wanted)).every((t) => t.length === 0))
    await must(drift)
    assert.equal((await on().converge(...wanted)).plan.map(texts), mends)
    if (gone.length === 0) return
    await on().converge(...gone)
    assert.ok((await plan(...gone)).every((t) => t.length === 0))
  })

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
      timeout: 9,
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

// A service that records what it read when it started, and again at each reload.
const text = (lines = '') =>
  `[Unit]\nDescription=x\n[Service]\nExecStart=/bin/sh -c 'cp /etc/app.conf /run/app.read; exec sleep 1000'\n${lines}[Install]\nWantedBy=multi-user.target\n`
const config = (content: string) => file('/etc/app.conf', { content })
const unit = (lines = '') => systemdUnit('app.service', { content: text(lines) })
const app = service('app', {})
const pid = () => ask('systemctl show -p MainPID --value app')
const owe = (kind: 'restart' | 'reload') => on().run(serviceType.owe?.('app', kind, []) as never)
const state = async (which: Resource = app): Promise<ServiceState> =>
  serviceType.parse(await on().records(which)) as ServiceState

test(`${NAME}: service: made, stopped, disabled and masked by hand, mended`, async () => {
  await on().converge(config('one'))
  await on().converge(unit())
  assert.equal((await on().converge(app)).plan.map(texts), [['update disabled → enabled', 'update inactive → running']])
  assert.is(await ask('cat /run/app.read'), 'one')
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
  assert.is(await ask('cat /run/app.read; ls /var/lib/provision'), 'two')
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
  await on().converge(bad('ExecStart=/bin/sleep 1000\n'))
  await on().converge(service('bad', { enabled: false }))
  await on().converge(service('bad', { ensure: 'absent' }))
  await on().converge(systemdUnit('bad.service', { ensure: 'absent' }))
})

test(`${NAME}: service: a failed condition is reported as that, whether systemd remembers the unit or not`, async () => {
  const says = /timid\.service was not started: the unit's condition failed \(ConditionCapability=CAP_SYS_TIME\)/
  const timid =
    '[Unit]\nConditionCapability=CAP_SYS_TIME\nConditionPathExists=/etc/hostname\n[Service]\nExecStart=/bin/sleep 100\n'
  await on().converge(systemdUnit('timid.service', { content: timid }))
  assert.equal(await plan(service('timid', { enabled: false })), [['update inactive → running']])
  await fails(on().converge(service('timid', { enabled: false })), says)
  const install = '[Install]\nWantedBy=multi-user.target\n'
  await on().converge(systemdUnit('timid.service', { content: `${timid}${install}` }))
  await fails(on().converge(service('timid', {})), says)
  assert.equal(await plan(service('timid', {})), [['update disabled → enabled', 'update inactive → running']])
  // one that is enabled systemd keeps in mind
  await on().converge(systemdUnit('timid.service', { content: `[Service]\nExecStart=/bin/sleep 100\n${install}` }))
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
      content: '[Service]\nExecStart=/bin/sleep 100\n[Install]\nWantedBy=multi-user.target\nAlias=other.service\n',
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

test.run()
