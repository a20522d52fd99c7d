import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../src/engine/apply/apply-script.ts'
import { type Item, type Resource, type ResourceType, repair } from '../../src/model/resource.ts'
import { file } from '../../src/resources/files/file.ts'
import { lastWords } from '../../src/resources/systemd/running/last-words.ts'
import { service, serviceType } from '../../src/resources/systemd/service.ts'
import { systemdUnit } from '../../src/resources/systemd/systemd-unit.ts'
import { empty, join, type Script, sh } from '../../src/shell/script.ts'
import { decided } from '../support/decided.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'

const test = suite('starts that fail')
const many = [1, 2, 3, 4, 5].map((n) => `many-${n}`)
const { host } = await withHosts(test, import.meta.url, [{ name: NAME, release: RELEASE }])

type Any = ResourceType<object, unknown>
const applied = ({ type, name, props }: Resource): Script => {
  const any = type as unknown as Any
  return join([any.functions ?? empty, repair(any, [{ name, props } as Item<object>])])
}

/** A daemon that takes its time: it dies, or serves, by what its configuration says, and cleans up after itself. */
const daemon = `#!/bin/sh
trap 'echo the old process shuts down with an error; exit 0' TERM
echo starting
[ -z "$(sed -n 's/^slow=//p' /etc/daemon.conf)" ] || sleep "$(sed -n 's/^slow=//p' /etc/daemon.conf)"
why=$(sed -n 's/^dies=//p' /etc/daemon.conf)
if [ -n "$why" ]; then echo "$why" >&2; for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "	at frame.$n"; echo "[INFO] stopping part $n"; done; exit 1; fi
while :; do sleep 1; done
`
const unitText = (lines = '') => `[Service]
ExecStartPre=-/bin/sh -c 'echo Error: No such container: before >&2'
ExecStart=/usr/local/bin/daemon
ExecReload=/bin/sh -c '! grep -q unloadable /etc/daemon.conf'
ExecStopPost=-/bin/sh -c 'echo Error: No such container: after >&2'
SuccessExitStatus=143
Restart=always
RestartSec=1
${lines}`

const on = () => onHost(host(NAME))
const ask = async (words: string): Promise<string> => (await host(NAME).sh(words)).stdout.trim()
const config = (content: string) => file('/etc/daemon.conf', { content })
const more = file('/etc/daemon.more', { content: 'more\n' })
const unit = (lines = '') => systemdUnit('daemon.service', { content: unitText(lines) })
const daemonService = service('daemon', { enabled: false })
/** What a run does where these change: the mark, what changes, the service. */
const change = (kind: 'restart' | 'reload', ...changing: readonly Resource[]): Promise<string> =>
  on().run(
    join([serviceType.owe?.('daemon', kind, changing) as Script, ...changing.map(applied), applied(daemonService)]),
  )
const net = { dial: async () => assert.unreachable() as never, read: (script: Script) => on().run(script) }

test(`${NAME}: set up`, async () => {
  await on().run(applied(file('/usr/local/bin/daemon', { content: daemon, mode: '0755' })))
  await change('restart', config(''), unit())
  assert.is(await ask('systemctl is-active daemon; ls /var/lib/provision'), 'active')
})

for (const [what, slow] of [
  ['at once', ''],
  ['after two seconds', 'slow=2\n'],
] as const)
  test(`${NAME}: one that dies ${what} says why, and runs again with what it had`, async () => {
    const said = await failure(
      change('restart', config(`${slow}dies=listen udp 127.0.0.1:53: bind: permission denied\n`), more),
    )
    assert.match(said, /listen udp 127\.0\.0\.1:53: bind: permission denied/)
    assert.not.match(said, /old process|No such container|at frame/)
    assert.match(said, /Put back, and daemon\.service runs with that again: \/etc\/daemon\.conf \/etc\/daemon\.more/)
    assert.is(
      await ask(
        'systemctl is-active daemon; cat /etc/daemon.conf; cat /etc/daemon.more 2>/dev/null; ls /var/lib/provision',
      ),
      'active',
    )
    assert.is(await ask('ls -A /etc | grep provision; systemctl show -p NRestarts --value daemon'), '0')
  })

test(`${NAME}: a disk that is full is named, though nobody could write a word`, async () => {
  await ask('mkdir -p /srv/log && mount -t tmpfs -o size=1m full /srv/log && dd if=/dev/zero of=/srv/log/all bs=4k')
  assert.match(await failure(change('restart', config('dies= \n'))), 'The file system at /srv/log is full: make room')
  await ask('umount /srv/log')
})

test(`${NAME}: a unit that cannot be started is put back, too`, async () => {
  const said = await failure(change('restart', unit('User=nobody-of-that-name\n')))
  assert.match(said, /nobody-of-that-name|credentials|user/i)
  assert.match(said, /Put back, and daemon\.service runs with that again: \/etc\/systemd\/system\/daemon\.service/)
  assert.is(
    await ask('systemctl is-active daemon; systemctl show -p User,NeedDaemonReload --value daemon'),
    'active\n\nno',
  )
})

test(`${NAME}: a reload that is refused leaves the process with what it had`, async () => {
  const pid = await ask('systemctl show -p MainPID --value daemon')
  const said = await failure(change('reload', config('unloadable\n')))
  assert.match(said, /Put back, and daemon\.service runs with that again: \/etc\/daemon\.conf/)
  assert.is(await ask('systemctl show -p MainPID --value daemon; cat /etc/daemon.conf'), pid)
})

test(`${NAME}: a run that was killed between the file and the restart has kept what runs`, async () => {
  const killed = config('dies=the first mistake\n')
  await on().run(join([serviceType.owe?.('daemon', 'restart', [killed]) as Script, applied(killed)]))
  await failure(change('restart', config('dies=the second mistake\n')))
  assert.is(await ask('systemctl is-active daemon; cat /etc/daemon.conf'), 'active')
})

test(`${NAME}: what it is changed to is kept no longer once it runs`, async () => {
  await change('restart', config('good=1\n'))
  assert.is(await ask('systemctl is-active daemon; cat /etc/daemon.conf; ls /var/lib/provision'), 'active\ngood=1')
})

test(`${NAME}: one that does not run has nothing to go back to, and says why`, async () => {
  await ask('systemctl stop daemon')
  const said = await failure(change('restart', config('dies=ERROR no place\n')))
  assert.match(said, /ERROR no place/)
  assert.not.match(said, /Put back/)
  assert.is(
    await ask('cat /etc/daemon.conf; ls -d /var/lib/provision/daemon.service.kept 2>/dev/null'),
    'dies=ERROR no place',
  )
})

test(`${NAME}: the last words of one that is started again and again are those of its failure, at any moment`, async () => {
  await ask(
    'echo "slow=1" >/etc/daemon.conf; echo "dies=java.lang.UnsatisfiedLinkError: no mesos in path" >>/etc/daemon.conf',
  )
  // stopped first: a restart would go on counting the tries of before
  await ask(
    'systemctl stop daemon; systemctl start daemon; until [ "$(systemctl show -p NRestarts --value daemon)" -ge 1 ]; do sleep .2; done',
  )
  for (let look = 0; look < 12; look++) {
    assert.is(
      await lastWords(net, 'daemon.service'),
      '; its last words: java.lang.UnsatisfiedLinkError: no mesos in path',
    )
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  // stopped between two tries: the last failure is not why it is down
  await ask(
    'until [ "$(systemctl show -p SubState --value daemon)" = auto-restart ]; do sleep .05; done; systemctl stop daemon',
  )
  assert.is(await lastWords(net, 'daemon.service'), '; its unit was stopped, or never started')
})

test(`${NAME}: one that is just being stopped says that, not what it said last`, async () => {
  const stopping =
    "-p ExecStop='/bin/sleep infinity' -p TimeoutStopSec=infinity sh -c 'echo ERROR: none; exec sleep infinity'"
  await ask(`systemd-run -q --unit=slow ${stopping}; systemctl stop --no-block slow`)
  await ask('until [ "$(systemctl show -p ActiveState --value slow)" = deactivating ]; do sleep .05; done')
  assert.is(await lastWords(net, 'slow.service'), '; its unit is being stopped')
  await ask('systemctl kill -s KILL slow')
})

test(`${NAME}: one whose program is not there says that`, async () => {
  await ask('systemctl stop daemon; chmod -x /usr/local/bin/daemon')
  assert.match(await failure(change('restart', config('\n'))), /Permission denied|not executable/)
})

/** Several daemons, each with its file, in their order: what a plan would do about them. */
const plan = async (texts: Readonly<Record<string, string>>, broken?: string): Promise<Script> => {
  const list = Object.entries(texts).flatMap(([unit, content]) => {
    const config = file(`/etc/${unit === broken ? 'none/' : ''}${unit}.conf`, { content })
    return [config, service(unit, { enabled: false, restartOn: [config] })]
  })
  const states: Record<string, unknown> = {}
  for (const resource of list)
    states[resource.id] = (resource.type as unknown as Any).parse(await on().records(resource))
  return join([sh`run_id=ID`, applyScript(decided(list, states))])
}
const all = (content: string) => Object.fromEntries(many.map((unit) => [unit, content]))
const states = 'systemctl is-active many-1 many-2 many-3 many-4 many-5 | sort | uniq -c'

test(`${NAME}: services that are started one after the other are watched together`, async () => {
  const unitOf = (unit: string) =>
    systemdUnit(`${unit}.service`, {
      content: `[Service]\nExecStart=/bin/sh -c '. /etc/${unit}.conf; sleep infinity'\n`,
    })
  for (const unit of many) await on().run(applied(unitOf(unit)))
  await ask(
    `mkdir -p /usr/local/sbin; printf '%s\\n' '#!/bin/sh' 'echo "$*" >>/run/calls' 'exec /usr/bin/systemctl "$@"' >/usr/local/sbin/systemctl; chmod +x /usr/local/sbin/systemctl`,
  )
  await ask('rm -rf /var/lib/provision/*')
  for (const content of ['# one', '# two']) {
    const script = await plan(all(`${content}\n`))
    await ask('rm -f /run/calls')
    const said = await on().run(script)
    assert.is(
      said.match(/^ID ok \d+$/gm)?.join(' '),
      'ID ok 1 ID ok 3 ID ok 5 ID ok 7 ID ok 9 ID ok 2 ID ok 4 ID ok 6 ID ok 8 ID ok 10',
    )
    const calls = (await ask('cat /run/calls')).split('\n')
    const looks = calls.filter((call) => call.includes(' -- '))
    // each is asked whether it runs, and how it is, is freed of its limit, started, and looked at
    assert.is(calls.length - looks.length, 5 * 5, calls.join('\n'))
    assert.ok(
      looks.some((look) => many.every((unit) => look.includes(`${unit}.service`))),
      calls.join('\n'),
    )
    assert.ok(looks.length <= 30, calls.join('\n'))
    assert.is(await ask(`${states}; ls -A /var/lib/provision; ls /run/provision | grep watched`), '5 active')
  }
  await ask('rm /usr/local/sbin/systemctl')
})

test(`${NAME}: one of several that dies after a while is the one that failed, and gets its file back; the others stay`, async () => {
  const said = await failure(
    on().run(await plan({ ...all('# three\n'), 'many-2': 'sleep 1; echo no luck today >&2; exit 1\n' })),
  )
  assert.match(said, /^ID failed 4$/m)
  assert.match(said, /many-2\.service did not stay up: .*\. Its last words:\nno luck today/, said)
  assert.match(said, /Put back, and many-2\.service runs with that again: \/etc\/many-2\.conf/)
  assert.is(
    await ask(`${states}; ls -A /var/lib/provision; cat /etc/many-*.conf`),
    '5 active\n# three\n# two\n# three\n# three\n# three',
  )
})

test(`${NAME}: where a later step fails, what was started before is still watched, and owes nothing`, async () => {
  const said = await failure(on().run(await plan({ 'many-1': '# four\n', 'many-2': '# four\n' }, 'many-2')))
  assert.match(said, /there is no directory \/etc\/none/)
  assert.match(said, /^ID ok 2$/m)
  assert.not.match(said, /^ID failed/m)
  assert.is(await ask(`ls -A /var/lib/provision | grep many-1; ${states}`), '5 active')
})

test(`${NAME}: one that is just being reloaded stays up`, async () => {
  const unit = 'many-1.service'
  await on().run(
    applied(systemdUnit(unit, { content: '[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/sleep 3\n' })),
  )
  const pid = await ask(
    `systemctl restart ${unit}; systemctl show -p MainPID --value ${unit}; systemctl reload --no-block ${unit}`,
  )
  await on().run(
    join([serviceType.owe?.('many-1', 'reload', []) as Script, applied(service('many-1', { enabled: false }))]),
  )
  assert.is(await ask(`systemctl show -p MainPID --value ${unit}`), pid)
})

test.run()
