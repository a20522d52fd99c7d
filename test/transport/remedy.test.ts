import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeHostKey } from '../../src/cloud/launch/host-key.ts'
import { createTransport } from '../../src/transport/index.ts'
import { freePort } from '../support/ports.ts'

const test = suite('where an address may be out of date')

/** What is said of a host at which nobody listens. */
async function said(more: object): Promise<string> {
  const ssh = { port: await freePort(), user: 'me', hostKey: makeHostKey().publicKey, retries: 0 }
  const host = { name: 'a', address: '127.0.0.1', ssh, ...more }
  return createTransport({ env: {} })
    .connect(host)
    .then(
      () => 'connected',
      (error: Error) => error.message,
    )
}

test('what to do is said where nobody answers, and only where it is known', async () => {
  const plain = await said({})
  assert.not.match(plain, /provision refresh/)
  assert.match(
    await said({ remedy: 'if it has moved: provision refresh' }),
    /refuse.*; if it has moved: provision refresh$/,
  )
})

test.run()
