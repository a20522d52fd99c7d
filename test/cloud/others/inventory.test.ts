import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Ledger } from '../../../src/inventory/cloud/ledger.ts'
import { InventoryError } from '../../../src/inventory/errors.ts'
import { select } from '../../../src/inventory/select.ts'
import { document, KEY, known, parse } from './support.ts'

const test = suite('instances that others launched: in the inventory')

const entry = { ...known('i-a', 'web'), privateAddress: '10.0.9.1', hostKey: KEY, user: 'admin' }

test('what the ledger knows is a host of the role', () => {
  const { hosts } = parse(document({ vars: { web: { port: 8080 } } }), { 'web-a': entry })
  const host = hosts.find(({ name }) => name === 'web-a')
  assert.equal(host?.roles, ['web'])
  assert.equal(host?.vars, { web: { port: 8080 } })
  assert.equal([host?.address, host?.ssh.user, host?.ssh.hostKey, host?.discovered], ['10.0.9.1', 'admin', KEY, true])
  assert.equal(
    hosts.map(({ name }) => name),
    ['old', 'web-a'],
  )
})

const NO_HOSTS: readonly (readonly [what: string, file: object, entry: Ledger['hosts'][string]])[] = [
  ['one that leaves', document(), { ...entry, phase: 'leaves' }],
  ['one that nobody looks for any more', document({ cloud: {} }), entry],
]
for (const [what, file, of] of NO_HOSTS)
  test(`no host: ${what}`, () => assert.is(parse(file, { 'web-a': of }).hosts.length, 1))

const ABSENT: readonly (readonly [what: string, more: Partial<typeof entry>, said: RegExp])[] = [
  ['stopped', { state: 'stopped' as 'running' }, /^it is stopped: start it where it was launched/],
]
for (const [what, more, said] of ABSENT)
  test(`one ${what} is not there`, () => {
    const { hostKey, ...rest } = { ...entry, ...more }
    const one = { ...rest, ...(hostKey === undefined ? {} : { hostKey }) }
    assert.match(parse(document(), { 'web-a': one }).host('web-a').absent ?? '', said)
  })

const WRONG: readonly (readonly [what: string, file: object, mistakes: readonly string[]])[] = [
  ['a variable', document({ vars: { web: { port: 'x' } } }), ['roles.web.vars.web.port must be a number, not "x"']],
  ['what only a recipe sees', document({ vars: { web: { port: 81 } } }), ['roles.web.vars.web.port is 81']],
  [
    'its name',
    document({}, { 'web-a': { address: '10.0.8.2', roles: [] } }),
    ['hosts.web-a is the name of i-a of others, too, which is a host of web: take another name'],
  ],
  [
    'its address',
    document({}, { b: { address: '10.0.9.1', roles: [] } }),
    ['hosts.b.address is the same as that of web-a (10.0.9.1, port 22)'],
  ],
]
for (const [what, file, mistakes] of WRONG)
  test(`mistakes are told where the file has them: ${what}`, () => {
    try {
      parse(file, { 'web-a': entry })
      assert.unreachable()
    } catch (error) {
      assert.instance(error, InventoryError)
      const found = (error as InventoryError).mistakes.map(({ path, message }) => `${path} ${message}`)
      assert.equal(found, mistakes)
    }
  })

test('a role that has no host yet can be found', () =>
  assert.throws(
    () => select(parse(document()), { roles: ['web'] }),
    /^.*no host has the role "web" yet: provision refresh/,
  ))

test.run()
