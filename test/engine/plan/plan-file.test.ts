import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareToFile, PlanFileError, parsePlanFile, planFile } from '../../../src/engine/plan/plan-file.ts'
import { apply, defineRole, makeCluster, type Transport } from '../../../src/index.ts'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { decided } from '../../support/decided.ts'
import { note } from '../../support/toys.ts'

const test = suite('plan file')
const roles = new Map([['r', defineRole({ name: 'r', recipes: [] })]])
const x = note('x', { text: '1' })
const y = note('y', { text: '1' })
const where = (): string => '192.0.2.1'
const written = (decision: ReturnType<typeof decided>) =>
  parsePlanFile(JSON.stringify(planFile([decision], 'alice@laptop', where)), 'p.json')

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

test('a host of that name at another address, as in the inventory of staging, gets nothing', () => {
  const inventory = (address: string) =>
    makeCluster([{ name: 'a', address, privateAddress: address, roles: ['r'], vars: {}, ssh: {} }], roles)
  const transport: Transport = { connect: () => Promise.reject(new Error('connects')), close: async () => {} } as never
  const start = (address: string) => apply(inventory(address), { transport, planFile: written(decided([x])) })
  assert.throws(
    () => start('192.0.2.2'),
    'the plan was made of a at 192.0.2.1, and the inventory has it at 192.0.2.2: take the inventory that it was made with, or make a new plan',
  )
  assert.not.throws(() => start('192.0.2.1'))
})

test('no secret, and digests that two files do not share', () => {
  const d = decided([note('x', { text: new Secret('hunter22') })])
  const [one, two] = [planFile([d], 'a', where), planFile([d], 'a', where)]
  assert.not.match(JSON.stringify(one), 'hunter22')
  assert.is.not(one.hosts.a?.[0]?.digest, two.hosts.a?.[0]?.digest)
})

const good = planFile([decided([x])], 'a', where)
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
