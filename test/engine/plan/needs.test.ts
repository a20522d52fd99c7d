/** What a step needs and the host has not: `plan` says it, and the step changes nothing. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../../src/engine/apply/apply-script.ts'
import { foreseeNeeds } from '../../../src/engine/plan/needs.ts'
import {
  archive,
  block,
  command,
  cron,
  directory,
  file,
  git,
  group,
  hostsFile,
  line,
  link,
  mount,
  type Resource,
  service,
  sh,
  timer,
  timezone,
  user,
} from '../../../src/index.ts'
import { decisionOf } from '../../support/decision.ts'
import { type Place, place } from '../../support/run-local.ts'
import { OLD, own, run, unit } from './ground.ts'

const test = suite<{ at: Place }>('what a step needs')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const none = (id: string, what: string, of: string) =>
  `${id}: there is no ${what}; list what ${/^(program|unit)/.test(what) ? 'brings' : 'makes'} it before the ${id.split(' ')[0]}, or correct ${of}`
const SOME = '-no-such-here'

const nowhere = (h: string) => `${h}/nowhere is a symbolic link to none/x, and nothing is there`
const circle = (h: string) => `${h}/round is a symbolic link that leads in a circle`

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
  [
    (h) => mount(`${h}/m`, { device: '/dev/no-such', type: 'ext4' }),
    (h) => none(`mount ${h}/m`, '/dev/no-such', 'its device'),
    'plan',
  ],
  [
    () => timezone('No/Such', {}),
    () =>
      'timezone No/Such: there is no /usr/share/zoneinfo/No/Such; list package tzdata before the timezone, or correct its name',
    'plan',
  ],
  [
    (h) => file(`${h}/round/a`, { content: '' }),
    (h) => `file ${h}/round/a: ${circle(h)}; fix the link, or correct its path`,
    'plan',
  ],
  [
    (h) => directory(`${h}/nowhere/a`, {}),
    (h) => `directory ${h}/nowhere/a: ${nowhere(h)}; fix the link, or correct its path`,
    'plan',
  ],
  [
    (h) => command('x', run({ cwd: `${h}/nowhere` })),
    (h) => `command x: ${nowhere(h)}; fix the link, or correct its cwd`,
  ],
  [
    (h) => command('x', run({ run: [`${h}/round`] })),
    (h) => `command x: ${circle(h)}; fix the link, or correct its run`,
  ],
  [
    (h) => line('x', { path: `${h}/round`, line: 'x' }),
    (h) => `line x: ${circle(h)}; fix the link, or correct its path`,
  ],
  [
    (h) => block('x', { path: `${h}/round/a`, content: 'x' }),
    (h) => `block x: ${circle(h)}; fix the link, or correct its path`,
  ],
  [
    (h) => line('x', { path: `${h}/nowhere`, line: 'x' }),
    (h) => `line x: ${nowhere(h)}; fix the link, or correct its path`,
  ],
  [
    (h) => block('x', { path: `${h}/no-such/a`, content: 'x' }),
    (h) => none('block x', `directory ${h}/no-such`, 'its path'),
  ],
  [
    (h) => line('x', { path: `${h}/plain/a`, line: 'x' }),
    (h) => `line x: ${h}/plain is not a directory; move it away, or correct its path`,
  ],
  [
    (h) => mount(`${h}/round/m`, { device: 'tmpfs', type: 'tmpfs' }),
    (h) => `mount ${h}/round/m: ${circle(h)}; fix the link, or correct its path`,
  ],
  [
    (h) => hostsFile(`${h}/no-such/a`, { entries: [{ address: '10.9.9.9', names: ['x'] }] }),
    (h) => none(`hosts ${h}/no-such/a`, `directory ${h}/no-such`, 'its path'),
    'plan',
  ],
  [() => own({ kind: 'user', name: `u${SOME}`, of: 'boss' }), () => none('own x', `user u${SOME}`, 'its boss')],
  [
    () => own({ kind: 'program', name: `p${SOME}`, from: 'package some' }),
    () => `own x: there is no program p${SOME}; list package some before the own`,
  ],
  [
    () => cron('x', { schedule: '@daily', command: 'true', user: `u${SOME}` }),
    () => none('cron x', `user u${SOME}`, 'its user'),
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
    symlinkSync('none/x', `${at.path}/nowhere`)
    symlinkSync('square', `${at.path}/round`)
    symlinkSync('round', `${at.path}/square`)
    const resource = wants(at.path)
    const lines = at
      .run(foreseeNeeds([resource]))
      .trim()
      .split('\n')
    // what this machine itself has not is no matter here
    assert.equal(
      lines.filter((text) => !/ list package (git|cron) /.test(text)),
      [says(at.path)],
    )
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

test('a unit that systemd does not know', ({ at }) => {
  const knows = (word: string) => sh`
    systemctl() { echo ${word}; }
    ${foreseeNeeds([service('x', {})])}`
  assert.is(at.run(knows('not-found')).trim(), none('service x', 'unit x.service', 'its name'))
  assert.is(at.run(knows('loaded')), '')
})

const begun = (resource: Resource) => sh`
  run_id=x; exec 9>/dev/null
  ${applyScript(decisionOf([resource]))}`

test.run()
