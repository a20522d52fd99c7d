/** What the registrar says of a server that cannot be asked: no library's words. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ask } from '../../src/registrar/http.ts'
import { freePort } from '../support/ports.ts'

const test = suite('registrar/http')

const failure = (url: string): Promise<string> =>
  ask(new URL(url), { patience: { connect: 5000, answer: 5000 }, signal: new AbortController().signal }).then(
    ({ status }) => `it answered ${status}`,
    (error: Error) => error.message,
  )

test('nothing listens there', async () => {
  const host = `127.0.0.1:${await freePort()}`
  assert.is(await failure(`http://${host}/v2/apps`), `${host}: it refused the connection`)
})

test('a name that nobody has', async () =>
  assert.match(
    await failure('http://marathon.invalid/v2/apps'),
    /^marathon\.invalid: its name (has no address|cannot be resolved at the moment)$/,
  ))

test.run()
