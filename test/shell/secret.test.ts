import { format, inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { REDACTED, reveal, Secret } from '../../src/shell/secret.ts'

const test = suite('secret')
const value = 'hunter22'
const secret = new Secret(value)

const ways: Record<string, () => string> = {
  String: () => String(secret),
  template: () => `${secret}`,
  JSON: () => JSON.stringify({ deep: [secret] }),
  inspect: () => inspect({ deep: { secret } }, { depth: 9, showHidden: true, getters: true }),
  'console.log': () => format('%s %o %O %j', secret, secret, secret, secret),
  error: () => new Error(`no: ${secret}`, { cause: secret }).message + inspect(new Error('x', { cause: secret })),
  keys: () =>
    `${REDACTED}${JSON.stringify(Object.entries(secret))}${JSON.stringify({ ...secret })}${Reflect.ownKeys(secret).length}`,
  locale: () => secret.toLocaleString(),
}
for (const [name, way] of Object.entries(ways)) {
  test(`${name} shows that there is one, not which`, () => {
    const shown = way()
    assert.not.match(shown, value)
    assert.match(shown, REDACTED)
  })
}

test('only reveal gives it; it is frozen, and a copy is empty', () => {
  assert.is(reveal(secret), value)
  assert.throws(() => Object.assign(secret, { toString: () => 'x' }))
  assert.is(reveal(structuredClone(secret) as Secret), undefined)
  assert.is(reveal(Object.create(Secret.prototype)), undefined)
})

test.run()
