import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareToFile, PlanFileError, parsePlanFile, planFile } from '../../../src/engine/plan/plan-file.ts'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { decided } from '../../support/decided.ts'
import { note } from '../../support/toys.ts'

const test = suite('plan file')
const x = note('x', { text: '1' })
const y = note('y', { text: '1' })
const written = (decision: ReturnType<typeof decided>) =>
  parsePlanFile(JSON.stringify(planFile([decision], 'alice@laptop')), 'p.json')

test('a plan is equal to itself after it was written and read', () => {
  for (const d of [decided([]), decided([x, y]), decided([x], { 'note x': '0' })])
    assert.equal(compareToFile(d, written(d)), [])
})

const cases: readonly (readonly [string, ReturnType<typeof decided>, ReturnType<typeof decided>, readonly string[]])[] =
  [
    ['a step more', decided([x]), decided([x, y]), ['+ note y: new']],
    ['a step less', decided([x, y]), decided([x]), ['- note y: new']],
    ['another state', decided([x]), decided([x], { 'note x': '0' }), ['- note x: new', '+ note x: other text']],
    [
      'another old content',
      decided([x], { 'note x': '0' }),
      decided([x], { 'note x': '2' }),
      ['- note x: other text', '+ note x: other text (with other content)'],
    ],
    [
      'another wanted content',
      decided([x]),
      decided([note('x', { text: '2' })]),
      ['- note x: new', '+ note x: new (with other content)'],
    ],
    [
      'another secret',
      decided([note('x', { text: new Secret('one') })]),
      decided([note('x', { text: new Secret('two') })]),
      ['- note x: new', '+ note x: new (with other content)'],
    ],
    [
      'something else of what is wanted that its text does not say',
      decided([note('x', { text: '1' })]),
      decided([note('x', { text: '1', after: sh`:` })]),
      ['- note x: new', '+ note x: new (with other content)'],
    ],
    ['another order', decided([x, y]), decided([y, x]), ['the same steps, in another order']],
    ['nothing any more', decided([x]), decided([x], { 'note x': '1' }), ['- note x: new']],
  ]
for (const [name, before, now, wanted] of cases)
  test(name, () => assert.equal(compareToFile(now, written(before)), wanted))

test('a host that is not in the file has nothing approved', () => {
  assert.equal(compareToFile(decided([x]), { ...written(decided([])), hosts: {} }), ['+ note x: new'])
})

test('no secret, and digests that two files do not share', () => {
  const d = decided([note('x', { text: new Secret('hunter22') })])
  const [one, two] = [planFile([d], 'a'), planFile([d], 'a')]
  assert.not.match(JSON.stringify(one), 'hunter22')
  assert.is.not(one.hosts.a?.[0]?.digest, two.hosts.a?.[0]?.digest)
})

const good = planFile([decided([x])], 'a')
const bad: Readonly<Record<string, string>> = {
  'no JSON': 'plan',
  nothing: '',
  null: 'null',
  'a list': '[]',
  'another format': JSON.stringify({ ...good, format: 'provision-plan-0' }),
  'no salt': JSON.stringify({ ...good, salt: undefined }),
  'no hosts': JSON.stringify({ ...good, hosts: null }),
  'steps that are none': JSON.stringify({ ...good, hosts: { a: [null] } }),
  'hosts that are none': JSON.stringify({ ...good, hosts: { a: 'x' } }),
  'a step without a digest': JSON.stringify({ ...good, hosts: { a: [{ resource: 'x', changes: [] }] } }),
  'changes that are none': JSON.stringify({ ...good, hosts: { a: [{ resource: 'x', changes: [null], digest: '' }] } }),
}
for (const [name, text] of Object.entries(bad)) {
  test(`not a plan file: ${name}`, () =>
    assert.throws(
      () => parsePlanFile(text, 'p.json'),
      (e: Error) =>
        e instanceof PlanFileError && /^p\.json is not a plan file.*provision plan --out p\.json$/.test(e.message),
    ))
}

test.run()
