/** Keys that sshd would ignore are no success: StrictModes. */
import { chmodSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { user } from '../../../src/index.ts'
import { keysPlace } from '../../../src/resources/accounts/keys-place.ts'
import { empty, join, sh } from '../../../src/shell/script.ts'
import { me, type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('keys that sshd takes')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const { functions = empty } = user('joe', {}).type

/** Are the keys of a user taken, whose home has this mode? */
function taken(at: Place, mode: number, { name = me.owner, strict = 'yes' } = {}): boolean {
  chmodSync(at.path, mode)
  const sshd = sh`sshd() { printf 'port 22\nstrictmodes %s\n' ${strict}; }`
  try {
    at.run(join([functions, sshd, sh`taken_by_sshd ${name} ${at.path}`]))
    return true
  } catch (error) {
    assert.match(
      (error as Error).message,
      /sshd ignores keys in \S+, because others may write that directory \(\S+, mode/,
    )
    return false
  }
}

test('a home that everybody may write', ({ at }) => {
  assert.is(taken(at, 0o777), false)
  assert.is(taken(at, 0o777, { strict: 'no' }), true)
})

test('a home of one that others may read', ({ at }) => assert.is(taken(at, 0o755), true))

test("a home that the user's own group may write", ({ at }) => {
  assert.is(taken(at, 0o775), me.owner === me.group)
})

test('a home of somebody else', ({ at }) => {
  assert.is(taken(at, 0o755, { name: 'daemon' }), true)
  if (me.owner === 'root') assert.is(taken(at, 0o775, { name: 'daemon' }), false)
})

for (const [keys, is] of [
  ['.ssh/authorized_keys .ssh/authorized_keys2', true],
  ['%h/.ssh/authorized_keys', true],
  ['/etc/ssh/keys/%u .ssh/authorized_keys', true],
  ['/etc/ssh/keys/%u', false],
  ['/etc/ssh/keys/%u/authorized_keys /etc/ssh/keys/*', false],
  ['.ssh/keys', false],
  ['none', false],
] as const)
  test(`AuthorizedKeysFile ${keys}`, ({ at }) => {
    chmodSync(at.path, 0o755)
    const sshd = sh`sshd() { printf 'port 22\nauthorizedkeysfile %s\nstrictmodes yes\n' ${keys}; }`
    const says = `sshd does not read keys in ${at.path}/.ssh/authorized_keys: its AuthorizedKeysFile is "${keys}"`
    const apply = () => at.run(join([functions, sshd, sh`taken_by_sshd ${[me.owner, at.path]}`]))
    if (is) apply()
    else assert.throws(apply, says)
    const getent = sh`getent() { printf '%s:x:1:1::%s:/bin/sh\n' "$2" ${at.path}; }`
    const warnings = at.run(join([keysPlace, sshd, getent, sh`foresee_keys ${['joe', '/home/joe']}`]))
    assert.is(warnings, is ? '' : `!\tjoe\t${says}\n`)
  })

test('only users with keys are asked about', () => {
  const foresee = (props: object): string => {
    const { type, name, props: given } = user('joe', props)
    return type.foresee?.([{ name, props: given }], [], []).text ?? ''
  }
  assert.is(foresee({}), '')
  const key = `ssh-ed25519 ${Buffer.from(`\0\0\0\x0bssh-ed25519\0\0\0 ${'k'.repeat(32)}`).toString('base64')}`
  assert.match(foresee({ authorizedKeys: [key] }), 'foresee_keys joe /home/joe')
})

test('a host without sshd', ({ at }) => {
  chmodSync(at.path, 0o777)
  at.run(join([functions, sh`sshd() { return 127; }`, sh`taken_by_sshd ${[me.owner, at.path]}`]))
})

test.run()
