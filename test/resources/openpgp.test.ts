import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isArmored, lastExpiry, publicKeys } from '../../src/resources/packages/openpgp.ts'
import { fc } from '../support/checks.ts'

const test = suite('openpgp')
const key = (name: string): Buffer => readFileSync(new URL(`../support/keys/${name}`, import.meta.url))

/** What `gpg --show-keys --with-colons` (2.2) says of the same files. */
const TABLE: readonly [file: string, ids: readonly string[], lastExpiry: number | undefined][] = [
  ['never.asc', ['E80D3A368945AC49'], undefined],
  ['expired.asc', ['D3B9BD0E18D96CBE'], 1609372800],
  ['later.asc', ['EABABBA327FC32E5'], 2965507200],
  ['renewed.asc', ['83D4EDE6D59FA1F8'], 2537049600],
  ['revoked.asc', ['9BDD1645429CF3BF'], 1704067200],
  ['rsa.gpg', ['B13B98352C5EF4BC'], 2650147200],
  ['subkey.asc', ['0F6835FAB2ABA99B'], 1640995200],
  ['two.gpg', ['E80D3A368945AC49', 'D3B9BD0E18D96CBE'], undefined],
]

for (const [file, ids, expires] of TABLE) {
  test(file, () => {
    const keys = publicKeys(key(file))
    assert.equal(
      keys.map((k) => k.id),
      ids,
    )
    assert.is(lastExpiry(keys), expires)
    assert.is(isArmored(key(file)), file.endsWith('.asc'))
  })
}

test('what is no key says so', () => {
  for (const bytes of [
    '',
    'hello',
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n',
    '<html>',
    '-----BEGIN PGP MESSAGE-----',
  ]) {
    assert.throws(() => publicKeys(Buffer.from(bytes)), /is not an OpenPGP public key/)
  }
  assert.throws(() => publicKeys(Buffer.from([0x9b])), /is cut short/) // a public key's packet, and nothing in it
})

test('any bytes, and any key that is cut or damaged, give keys or a TypeError', () => {
  const whole = key('rsa.gpg')
  const damaged = fc.tuple(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255)).map(([end, at, value]) => {
    const copy = Buffer.from(whole)
    copy[at] = value
    return copy.subarray(0, end)
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), damaged), (bytes) => {
      try {
        publicKeys(bytes)
      } catch (error) {
        assert.instance(error, TypeError)
      }
    }),
    { numRuns: 2000 },
  )
})

test.run()
