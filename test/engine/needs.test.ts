/** What a step needs and the host has not: `plan` says it, and the step changes nothing. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../src/engine/apply/apply-script.ts'
import type { Decision } from '../../src/engine/plan/decide.ts'
import { foreseeNeeds } from '../../src/engine/plan/needs.ts'
import {
  archive,
  command,
  directory,
  file,
  git,
  group,
  link,
  mount,
  pkg,
  type Resource,
  service,
  sh,
  systemdUnit,
  timer,
  user,
} from '../../src/index.ts'
import { type Place, place } from '../support/run-local.ts'

const test = suite<{ at: Place }>('what a step needs')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const run = (more: object = {}) => ({ run: ['true'], creates: '/no-such', ...more })
const none = (id: string, what: string, of: string) =>
  `${id}: there is no ${what}; list what ${what.startsWith('program') ? 'brings' : 'makes'} it before the ${id.split(' ')[0]}, or correct ${of}`
const unit = (lines: string) => systemdUnit('x.service', { content: `[Service]\n${lines}\n` })
const OLD = { source: 'https://example.com/a.tar.gz', sha256: 'a'.repeat(64) }
const SOME = '-no-such-here'

// What is wanted in a folder HERE, what is said; the last: only by plan, since the step says it itself, or another may bring it.
const lacking: readonly (readonly [(here: string) => Resource, (here: string) => string, 'plan'?])[] = [
  [(h) => file(`${h}/a`, { content: '', owner: `u${SOME}` }), (h) => none(`file ${h}/a`, `user u${SOME}`, 'its owner')],
  [
    (h) => file(`${h}/a`, { content: '', group: `g${SOME}` }),
    (h) => none(`file ${h}/a`, `group g${SOME}`, 'its group'),
  ],
  [(h) => directory(`${h}/a`, { owner: `u${SOME}` }), (h) => none(`directory ${h}/a`, `user u${SOME}`, 'its owner')],
  [
    (h) => archive(`${h}/a`, { ...OLD, owner: `u${SOME}` }),
    (h) => none(`archive ${h}/a`, `user u${SOME}`, 'its owner'),
  ],
  [
    (h) => git(`${h}/a`, { repository: 'https://example.com/a.git', revision: 'main', user: `u${SOME}` }),
    (h) => none(`git ${h}/a`, `user u${SOME}`, 'its user'),
  ],
  [() => group('joes', { members: [`u${SOME}`] }), () => none('group joes', `user u${SOME}`, 'its members')],
  [() => user('joe', { groups: [`g${SOME}`] }), () => none('user joe', `group g${SOME}`, 'its groups')],
  [() => command('x', run({ user: `u${SOME}` })), () => none('command x', `user u${SOME}`, 'its user')],
  [() => command('x', run({ cwd: '/no-such' })), () => none('command x', 'directory /no-such', 'its cwd')],
  [
    (h) => command('x', run({ cwd: `${h}/plain` })),
    (h) => `command x: ${h}/plain is not a directory; move it away, or correct its cwd`,
  ],
  [() => command('x', run({ run: ['/no-such/x', 'y'] })), () => none('command x', 'program /no-such/x', 'its run')],
  [() => command('x', run({ run: [`p${SOME}`] })), () => none('command x', `program p${SOME}`, 'its run')],
  [
    (h) => command('x', run({ run: [`${h}/plain`] })),
    (h) => `command x: ${h}/plain may not be run: give it the mode 0755`,
  ],
  [
    (h) => command('x', run({ run: [`${h}/folder`] })),
    (h) => `command x: ${h}/folder is a directory, not a program; correct its run`,
  ],
  [
    (h) => mount(`${h}/link/m`, { device: 'tmpfs', type: 'tmpfs' }),
    (h) => `mount ${h}/link/m: a symbolic link leads to ${h}/folder/m; give that path, the link's cannot be used`,
  ],
  [
    (h) => mount(`${h}/m`, { device: '/no-such', options: ['bind'] }),
    (h) => none(`mount ${h}/m`, '/no-such', 'its device'),
    'plan',
  ],
  [() => file('/no-such/a', { content: '' }), () => none('file /no-such/a', 'directory /no-such', 'its path'), 'plan'],
  [() => link('/no-such/a', { to: 'x' }), () => none('link /no-such/a', 'directory /no-such', 'its path'), 'plan'],
  [
    () => timer('x', { onCalendar: 'daily', command: ['/no-such/x'] }),
    () => none('timer x', 'program /no-such/x', 'its command'),
    'plan',
  ],
  [() => unit(`User=u${SOME}`), () => none('unit x.service', `user u${SOME}`, 'User= in the unit'), 'plan'],
  [
    () => unit('ExecStart=@/no-such/x -v'),
    () => none('unit x.service', 'program /no-such/x', 'ExecStart= in the unit'),
    'plan',
  ],
  [
    () => unit('WorkingDirectory=/no-such'),
    () => none('unit x.service', 'directory /no-such', 'WorkingDirectory= in the unit'),
    'plan',
  ],
]
for (const [wants, says, where] of lacking) {
  const what = wants('/here')
  test(`${what.id}: ${says('/here')}`, ({ at }) => {
    mkdirSync(`${at.path}/folder`)
    writeFileSync(`${at.path}/plain`, '')
    symlinkSync('folder', `${at.path}/link`)
    const resource = wants(at.path)
    assert.is(at.run(foreseeNeeds([resource])).trim(), says(at.path))
    if (where === 'plan') return
    const before = readdirSync(at.path)
    let said = ''
    try {
      at.run(begun(resource))
    } catch (error) {
      said = String(error)
    }
    assert.is(said.replace(/^.*status \d+: /, '').trim(), says(at.path))
    assert.equal(readdirSync(at.path), before)
  })
}

const begun = (resource: Resource) => sh`
  run_id=x; exec 9>/dev/null
  ${applyScript({ resources: [resource], triggers: [[]], plan: { host: 'h', steps: [] } } as unknown as Decision)}`

const brought: readonly (readonly [string, ...Resource[]])[] = [
  ['a user before', user('joe-here', {}), file('/a', { content: '', owner: 'joe-here', group: 'joe-here' })],
  ['a directory before', directory('/here', {}), file('/here/a', { content: '' })],
  ['a link above', link('/here', { to: '/etc' }), file('/here/a/b', { content: '' })],
  ['a package before', pkg('some', {}), file('/here/a', { content: '', owner: 'some-user' })],
  ['a program of a file', file('/x', { content: '', mode: '0755' }), command('x', run({ run: ['/x'] }))],
  [
    'what a unit needs, after it',
    unit('User=joe-here\nExecStart=/here/x/y'),
    service('x', {}),
    user('joe-here', {}),
    archive('/here/x', OLD),
  ],
  ['a user that systemd makes', unit('DynamicUser=yes\nUser=joe-here')],
  ['a directory that systemd makes', unit('StateDirectory=x\nWorkingDirectory=/var/lib/no-such')],
  ['what may be missing', unit('EnvironmentFile=-/no-such\nExecStartPre=-/no-such\nWorkingDirectory=-/no-such')],
  ['what systemd expands', unit('User=%i\nExecStart=/no-such/%i/x')],
  ['what is to go', file('/no-such/a', { ensure: 'absent' }), directory('/no-such/b', { ensure: 'absent' })],
  ['one that is root', file('/etc/a', { content: '' })],
]
for (const [what, ...resources] of brought)
  test(`nothing is said of ${what}`, ({ at }) => assert.is(at.run(foreseeNeeds(resources)), ''))

test.run()
