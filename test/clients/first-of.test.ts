import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { firstOf } from '../../src/clients/first-of.ts'

const test = suite('the first answer of several hosts')
const never = new Promise<undefined>(() => undefined)

test('one after the other, while each says at once that it is of no use', async () => {
  const asked: string[] = []
  const ask = async (host: string) => {
    asked.push(host)
    return host === 'b' ? 'yes' : undefined
  }
  assert.equal([await firstOf(['a', 'b', 'c'], ask), asked], ['yes', ['a', 'b']])
})

test('one that is silent holds up nobody, and is told when another has answered', async () => {
  let told = false
  const ask = (host: string, signal: AbortSignal) => {
    signal.addEventListener('abort', () => (told = true))
    return host === 'c' ? Promise.resolve('yes') : never
  }
  assert.equal([await firstOf(['a', 'b', 'c'], ask, 1), told], ['yes', true])
})

test('without impatience, the next is asked only when the one before has answered', async () => {
  const asked: string[] = []
  const ask = (host: string) => {
    asked.push(host)
    return never
  }
  const first = firstOf(['a', 'b'], ask, Number.POSITIVE_INFINITY)
  await Promise.race([first, new Promise((done) => setTimeout(done, 5))])
  assert.equal(asked, ['a'])
})

for (const hosts of [[], ['a', 'b']])
  test(`none of ${hosts.length} has an answer`, async () =>
    assert.is(await firstOf(hosts, async () => undefined), undefined))

test('a host that fails ends it', async () => {
  const error = await firstOf(['a', 'b'], () => Promise.reject(new Error('broken'))).catch((e: unknown) => e)
  assert.is(String(error), 'Error: broken')
})

test.run()
