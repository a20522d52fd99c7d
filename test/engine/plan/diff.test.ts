import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { owedUnits, stepsWithContents } from '../../../src/engine/plan/decide.ts'
import { byResources } from '../../../src/engine/plan/refusals.ts'
import { file } from '../../../src/resources/files/file.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { decided } from '../../support/decided.ts'
import { daemon, note } from '../../support/toys.ts'

const test = suite('decide')
const config = note('config', { text: '1' })
const other = note('other', { text: '1' })
const d = daemon('d', { reads: [], restartOn: [config], reloadOn: [other] })
const list = [config, other, d]
const running = { 'daemon d': { running: true } }

// what is on the host → what is done
const cases: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['nothing', {}, ['note config create', 'note other create', 'daemon d update']],
  ['all', { 'note config': '1', 'note other': '1', ...running }, []],
  ['another config', { 'note config': '0', 'note other': '1', ...running }, ['note config update', 'daemon d restart']],
  [
    'another file to reload',
    { 'note config': '1', 'note other': '0', ...running },
    ['note other update', 'daemon d reload'],
  ],
  [
    'both: the restart counts',
    { 'note config': '0', 'note other': '0', ...running },
    ['note config update', 'note other update', 'daemon d restart'],
  ],
  [
    'a restart is owed',
    { 'note config': '1', 'note other': '1', 'daemon d': { running: true, owed: 'restart' } },
    ['daemon d restart'],
  ],
  [
    'a restart is owed, a reload comes up',
    { 'note config': '1', 'note other': '0', 'daemon d': { running: true, owed: 'restart' } },
    ['note other update', 'daemon d restart'],
  ],
]
for (const [name, states, wanted] of cases) {
  test(`on the host: ${name}`, () => {
    const decision = decided(list, states)
    const { plan, triggers, resources, fingerprints } = decision
    assert.equal(
      plan.steps.map((s) => `${s.resource} ${s.changes.map((c) => c.action)}`),
      wanted,
    )
    assert.equal(
      [resources.length, fingerprints.length, triggers.length],
      [wanted.length, wanted.length, wanted.length],
    )
    const restarts = wanted.some((w) => /^daemon .*(restart|reload)/.test(w))
    assert.equal(owedUnits(decision, decision), restarts ? ['d'] : [])
  })
}

test('a plan holds no fingerprint, which may be made from a secret', () => {
  const decision = decided([note('s', { text: new Secret('hunter22') })])
  assert.match(decision.fingerprints.join(), 'hunter22')
  assert.not.match(JSON.stringify(decision.plan), 'hunter22')
})

test('a refusal is a step with a reason; waived, it is a step like any other', () => {
  const one = note('x', { text: '1', refusal: 'other-x' })
  const refused = decided([one], { 'note x': '0' })
  assert.equal([refused.plan.steps[0]?.refusal?.refusal, refused.plan.steps[0]?.changes.length], ['other-x', 1])
  const waived = decided([one], { 'note x': '0' }, {}, ['other-x'])
  assert.equal([waived.plan.steps[0]?.refusal, waived.plan.steps[0]?.changes.length], [undefined, 1])
  assert.equal(decided([one], { 'note x': '1' }).plan.steps, [])
})

test('a host rolls where a running unit of a rolling recipe would be interrupted, and only there', () => {
  const changed = { 'note config': '0', 'note other': '1' }
  const rolls = (services: string[], states: object) =>
    decided(list, { ...changed, ...states }, { rolling: { services } }).plan.rolls
  assert.equal(rolls(['d'], running), ['one'])
  assert.equal(rolls(['d.service'], running), ['one'])
  assert.equal(rolls(['e.service'], running), [])
  assert.equal(rolls(['d'], {}), [], 'it does not run')
  assert.equal(
    decided(list, { 'note config': '1', 'note other': '0', ...running }, { rolling: { services: ['d'] } }).plan.rolls,
    [],
    'a reload interrupts nobody',
  )
})

test('where a reload brings what differs to a daemon, it is reloaded, and interrupts nobody', () => {
  const stat = { kind: 'regular file', mode: '0644', owner: 'root', group: 'root', size: 4 }
  const config = file('/c', { content: '{"a":2,"b":1}', reloadable: ['a'] })
  const both = [config, daemon('d', { reads: ['/c'], restartOn: [config] })]
  const after = (before: string) => {
    const content = Buffer.from(before)
    const { plan } = decided(both, { 'file /c': { stat, content }, ...running }, { rolling: { services: ['d'] } })
    return [plan.steps[1]?.changes[0]?.action, ...plan.rolls]
  }
  assert.equal(after('{"a":1,"b":1}'), ['reload'])
  assert.equal(after('{"a":1,"b":2}'), ['restart', 'one'])
})

test('recipes are given what a file holds before and after; a plan never holds it, and of a secret one only that it is one', () => {
  const stat = { kind: 'regular file', mode: '0644', owner: 'root', group: 'root', size: 4 }
  const list = ['/new', '/changed', '/mode', '/binary'].map((path) =>
    file(path, { content: 'wanted\n', mode: path === '/mode' ? '0600' : '0644' }),
  )
  const decision = decided([...list, file('/secret', { content: new Secret('hunter22') }), note('n', { text: '1' })], {
    'file /changed': { stat, content: Buffer.from('before\n') },
    'file /mode': { stat, content: 'same' },
    'file /binary': { stat, content: Buffer.from([0, 1]) },
  })
  assert.equal(
    stepsWithContents(decision).map(({ name, contents }) => [name, contents]),
    [
      ['/new', { after: 'wanted\n' }],
      ['/changed', { before: 'before\n', after: 'wanted\n' }],
      ['/mode', { before: 'wanted\n', after: 'wanted\n' }],
      ['/binary', undefined],
      ['/secret', 'secret'],
      ['n', undefined],
    ],
  )
  assert.is(
    decision.plan.steps.some((step) => 'contents' in step),
    false,
  )
})

test('a final refusal cannot be waived', () => {
  const stat = { kind: 'directory', mode: '0755', owner: 'root', group: 'root', size: 4096 }
  const { plan } = decided([file('/x', { content: '' })], { 'file /x': { stat, content: 'same' } }, {}, ['not-a-file'])
  assert.equal(byResources(plan), ['file /x: A directory is in the way of the file. Move the directory away.'])
})

test.run()
