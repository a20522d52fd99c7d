import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../src/engine/apply/apply-script.ts'
import { changeText } from '../../src/model/plan.ts'
import type { Change, Refusal } from '../../src/model/resource.ts'
import { group } from '../../src/resources/accounts/group.ts'
import { user } from '../../src/resources/accounts/user.ts'
import { decided } from '../support/decided.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'

const test = suite('accounts')
const { host } = await withHosts(test, import.meta.url, [{ name: NAME, release: RELEASE }])

const KEYS = [
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFsaWNlLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4u alice@laptop',
  'command="a \'b\'" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJhY2t1cC4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4u backup',
]
const texts = (verdict: readonly Change[] | Refusal | undefined): string[] =>
  (verdict as readonly Change[]).map((c) => `${c.action} ${changeText(c)}`)

const on = () => onHost(host(NAME))
const shell = async (command: string): Promise<string> => (await host(NAME).sh(command)).stdout.trim()

test(`${NAME}: group: create, no-op, members, another gid, drift, absent`, async () => {
  const wanted = group('ops', { gid: 4242, members: ['admin'] })
  await on().converge(wanted, group('plain', {}), group('low', { system: true }))
  assert.equal(await on().plan(wanted, group('plain', {}), group('low', { system: true })), [[], [], []])
  assert.is(await shell('getent group ops'), 'ops:x:4242:admin')
  assert.ok(Number(await shell('getent group low | cut -d : -f 3')) < 1000)
  await shell('gpasswd -d admin ops; gpasswd -a ubuntu ops')
  assert.equal(texts((await on().converge(wanted)).plan[0]), ['update members +admin'])
  assert.is(((await on().plan(group('ops', { gid: 4250 })))[0] as Refusal).refusal, 'group-gid')
  await on().converge(group('ops', { gid: 4250 })) // as --allow does
  await on().converge(...['ops', 'plain', 'low'].map((g) => group(g, { ensure: 'absent' })))
  assert.is(await shell('getent group ops plain low'), '')
})

test(`${NAME}: user: create, no-op, drift by hand, repair, absent`, async () => {
  const wanted = user('alice', {
    uid: 4300,
    groups: ['sudo', 'adm'],
    shell: '/bin/sh',
    comment: 'Alice A',
    password: 'locked',
    authorizedKeys: KEYS,
  })
  await on().converge(wanted)
  assert.equal(await on().plan(wanted, user('admin', {}), user('nobody', { system: true })), [[], [], []])
  assert.is(
    await shell('getent passwd alice; id -Gn alice; cat ~alice/.ssh/authorized_keys'),
    `alice:x:4300:4300:Alice A:/home/alice:/bin/sh\nalice adm sudo\n${KEYS.join('\n')}`,
  )
  assert.is(
    await shell('stat -c "%U:%G %a" ~alice/.ssh ~alice/.ssh/authorized_keys'),
    'alice:alice 700\nalice:alice 600',
  )
  await shell(
    'usermod -s /bin/bash -c Bob -G adm,users alice; usermod -p "$(printf hash)" alice; echo "ssh-rsa AAAAmallory mallory" >>~alice/.ssh/authorized_keys; chmod 755 ~alice/.ssh',
  )
  assert.equal(texts((await on().converge(wanted)).plan[0]), [
    'update groups +sudo',
    'update comment Bob → Alice A',
    'update shell /bin/bash → /bin/sh',
    'update password locked',
    'update authorized keys -mallory',
  ])
  assert.is(await shell('id -Gn alice; stat -c %a ~alice/.ssh'), 'alice adm sudo users\n700')
  await on().converge(user('alice', { groups: ['adm'], exactGroups: true, group: 'users' }))
  assert.is(await shell('id -Gn alice'), 'users adm')
  await shell('chown -R root: ~alice/.ssh')
  assert.equal(texts((await on().converge(user('alice', { authorizedKeys: KEYS }))).plan[0]), [
    'update authorized keys owner and mode',
  ])
  await shell('rm -rf ~alice')
  assert.equal(texts((await on().converge(user('alice', {}))).plan[0]), ['update home directory missing'])
  assert.is(await shell('stat -c "%U:%G %a" ~alice; ls -A ~alice | grep profile'), 'alice:users 700\n.profile')
  await on().converge(user('alice', { ensure: 'absent' }))
  assert.is(await shell('getent passwd alice; ls -d /home/alice'), '/home/alice')
})

test(`${NAME}: user: a system user, one whose group is there already, another uid`, async () => {
  await on().converge(group('daemonic', { system: true }))
  await on().converge(
    user('daemonic', { system: true }),
    user('served', { system: true, group: 'daemonic', home: '/srv/served', createHome: true }),
  )
  assert.match(await shell('getent passwd daemonic'), /^daemonic:x:\d{3}:\d{3}::\/nonexistent:\/usr\/sbin\/nologin$/)
  assert.is(await shell('stat -c %U:%G /srv/served; ls -d /nonexistent'), 'served:daemonic')
  assert.is(((await on().plan(user('served', { uid: 555, system: true })))[0] as Refusal).refusal, 'user-uid')
  await on().converge(user('served', { ensure: 'absent' }), user('daemonic', { ensure: 'absent' }))
})

test(`${NAME}: accounts: a number that a later step states stays free for it`, async () => {
  await on().converge(group('last', { gid: 5100 }))
  const resources = [
    group('next', {}),
    user('other', {}),
    user('stated', { uid: 5103 }),
    group('low', { system: true }),
    user('mine', { uid: 5102 }),
    group('theirs', { gid: 5101 }),
    group('alike', { gid: 5103 }),
  ]
  const { text } = applyScript(decided(resources))
  await host(NAME).sh(`mkdir -p /run/provision; body=$(cat); run_id=x; eval "$body" </dev/null`, text)
  for (const one of resources) assert.equal(await on().plan(one), [[]])
  // 5103, that of its user, is stated by another group
  assert.is(await shell('getent group next stated | cut -d : -f 3'), '5102\n5105')
  assert.is(await shell('id -u other; id -g other; ls -d /home/other'), '5104\n5104\n/home/other')
  const gone = resources
    .toReversed()
    .map((one) => (one.type.name === 'user' ? user : group)(one.name, { ensure: 'absent' }))
  for (const one of [...gone, group('last', { ensure: 'absent' })]) await on().converge(one)
  assert.is(await shell('getent group | grep :51; getent passwd | grep :51'), '')
})

test(`${NAME}: user: a .ssh that leads elsewhere is not followed`, async () => {
  await on().converge(user('eve', {}))
  await shell('ln -s /etc ~eve/.ssh')
  assert.match(
    await failure(on().converge(user('eve', { authorizedKeys: KEYS }))),
    'user eve: its .ssh is a symbolic link; make it a directory',
  )
  assert.is(await shell('ls /etc/authorized_keys; stat -c %a /etc'), '755')
  await on().converge(user('eve', { ensure: 'absent' }))
})

test(`${NAME}: user: a login shell that is not there is never set, and said before; one that goes is a remark`, async () => {
  const made = user('zed', { shell: '/bin/zsh' })
  assert.equal(texts((await on().plan(made))[0]), [
    'create uid next free',
    'create shell /bin/zsh, which this host does not have yet',
  ])
  assert.match(
    await failure(on().converge(made)),
    'user zed: this host has no program /bin/zsh to be its shell; install it first',
  )
  assert.is(await shell('getent passwd zed; ls -d /home/zed 2>/dev/null'), '')
  assert.match(
    await failure(on().converge(user('ubuntu', { shell: '/etc' }))),
    'this host has no program /etc to be its shell',
  )
  assert.match(await shell('getent passwd ubuntu'), /:\/bin\/bash$/)
  await shell('cp /bin/sh /bin/zsh')
  await on().converge(made)
  await shell('rm /bin/zsh')
  assert.equal(await on().plan(made), [[]])
  await on().converge(user('zed', { ensure: 'absent' }))
})

test(`${NAME}: user: another home leaves the old one as it is, and the plan says so`, async () => {
  await on().converge(user('mover', {}))
  await shell('echo x >~mover/kept')
  const { plan } = await on().converge(user('mover', { home: '/srv/mover' }))
  assert.equal(texts(plan[0]), [
    'update home /home/mover → /srv/mover, what is in /home/mover stays there, its SSH keys too; the new one begins empty',
  ])
  assert.is(await shell('cat /home/mover/kept; stat -c %U /srv/mover; ls /srv/mover/kept 2>/dev/null'), 'x\nmover')
  await on().converge(user('mover', { ensure: 'absent' }))
})

test(`${NAME}: user: made again with another number, its home is its own again`, async () => {
  const made = user('again', { authorizedKeys: KEYS })
  await on().converge(made)
  await shell(
    'install -o again -g again /dev/null ~again/kept; chown root:root ~again/.profile; userdel again; useradd -M -u 5999 other',
  )
  await on().converge(made)
  assert.is(
    await shell('stat -c %U:%G ~again ~again/kept ~again/.ssh/authorized_keys ~again/.profile | uniq'),
    'again:again\nroot:root',
  )
  await on().converge(user('again', { ensure: 'absent' }), user('other', { ensure: 'absent' }))
})

test(`${NAME}: user: keys that its home cannot hold`, async () => {
  assert.match(
    await failure(on().converge(user('keyless', { system: true, authorizedKeys: KEYS }))),
    'user keyless: there is no /nonexistent to keep its keys in; give its home, and createHome: true',
  )
  await shell('install -d -m 0700 -o daemon /srv/closed')
  assert.match(
    await failure(on().converge(user('keyless', { home: '/srv/closed', authorizedKeys: KEYS }))),
    "user keyless cannot enter its home /srv/closed, which is daemon's, mode 700",
  )
  await shell('touch /srv/taken')
  for (const home of ['/srv/taken', '/srv/taken/keyless'])
    await failure(on().converge(user('keyless', { home, authorizedKeys: KEYS })))
  // nothing of one that could not be made whole has stayed, and what was there has
  const left = 'getent passwd keyless; getent group keyless; stat -c "%n %F" /srv/closed /srv/taken'
  assert.is(await shell(left), '/srv/closed directory\n/srv/taken regular empty file')
})

test(`${NAME}: accounts: a name service that answers nothing is never "absent"`, async () => {
  await shell('mv /etc/passwd /etc/passwd.away; mv /etc/group /etc/group.away')
  const said = [await failure(on().plan(user('alice', {}))), await failure(on().plan(group('ops', {})))]
  await shell('mv /etc/passwd.away /etc/passwd; mv /etc/group.away /etc/group')
  assert.match(said[0] as string, 'getent passwd: not even root was found')
  assert.match(said[1] as string, 'getent group: not even root was found')
})

test.run()
