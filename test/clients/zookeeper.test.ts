import { readFileSync } from 'node:fs'
import { Duplex } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fourLetterWord, parseMntr, parseSrvr, zookeeperState } from '../../src/clients/zookeeper.ts'
import { until } from '../support/until.ts'

const test = suite('cluster/zookeeper')

/** What a real 3.8.0 ensemble of three answered (Debian 12), byte for byte. */
const recorded = (name: string): string => readFileSync(new URL(`answers/${name}.txt`, import.meta.url), 'utf8')

/**
 * A server that answers each word with the text of the same name, in chunks of `size`, and closes; it records what it
 * was asked.
 */
const server =
  (answers: Record<string, string>, asked: string[] = [], size = 1000) =>
  async () =>
    new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        asked.push(String(chunk))
        const answer = Buffer.from(answers[String(chunk)] ?? '')
        for (let i = 0; i < answer.length; i += size) this.push(answer.subarray(i, i + size))
        this.push(null)
        done()
      },
    })

const message = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it resolved',
    (error: Error) => error.message,
  )

for (const [name, mode] of [
  ['srvr-leader', 'leader'],
  ['srvr-follower', 'follower'],
] as const) {
  test(`srvr of a ${mode}`, () =>
    assert.equal(parseSrvr(recorded(name)), { mode, version: '3.8.0', connections: 1, nodes: 5 }))
}

test('srvr outside a quorum is no error', () => assert.is(parseSrvr(recorded('srvr-no-quorum')), undefined))

for (const [what, text, says] of [
  ['nothing', '', /closed the connection/],
  ['something else', 'HTTP/1.1 400 Bad Request\r\n', /not what a ZooKeeper answers/],
  ['an unknown mode', 'Mode: sleeping\n', /not what a ZooKeeper answers/],
] as const) {
  test(`srvr answered with ${what}`, () => assert.throws(() => parseSrvr(text), says))
}

test('mntr', () => {
  const values = parseMntr(recorded('mntr-leader-2-of-2'))
  assert.is(values.get('server_state'), 'leader')
  assert.is(values.get('synced_followers'), '2')
  assert.is(values.get('peer_state'), 'leading - broadcast')
  assert.is(parseMntr(recorded('mntr-no-quorum')).size, 0)
})

test('a follower is asked once', async () => {
  const asked: string[] = []
  const state = await zookeeperState(server({ srvr: recorded('srvr-follower') }, asked))
  assert.is(state.server?.mode, 'follower')
  assert.is(state.followers, undefined)
  assert.equal(asked, ['srvr'])
})

for (const [file, synced] of [
  ['mntr-leader-2-of-2', 2],
  ['mntr-leader-1-of-2', 1],
] as const) {
  test(`a leader with ${synced} of 2`, async () => {
    const state = await zookeeperState(server({ srvr: recorded('srvr-leader'), mntr: recorded(file) }, [], 7))
    assert.equal(state.followers, { synced, wanted: 2 })
  })
}

test('a leader that lost its lead between the questions is in no quorum', async () => {
  const state = await zookeeperState(server({ srvr: recorded('srvr-leader'), mntr: recorded('mntr-no-quorum') }))
  assert.is(state.server, undefined)
})

test('a word outside the whitelist is an error that says so', async () => {
  assert.match(
    await message(fourLetterWord(server({ stat: recorded('not-in-whitelist') }), 'stat')),
    /does not allow stat/,
  )
})

test('silence ends after the timeout, and the connection is closed', async () => {
  const silent = new Duplex({ read() {}, write: (_c, _e, done) => done() })
  assert.is(await message(fourLetterWord(async () => silent, 'srvr', 30)), 'no answer to srvr within 0.03 s')
  assert.ok(silent.destroyed)
})

test('a connection that comes too late is closed', async () => {
  const slow = new Duplex({ read() {}, write: (_c, _e, done) => done() })
  let connect = (_: Duplex): void => undefined
  const dial = () => new Promise<Duplex>((resolve) => (connect = resolve))
  assert.match(await message(fourLetterWord(dial, 'srvr', 20)), /no answer/)
  connect(slow)
  await until('it is closed', () => slow.destroyed)
})

test('a refused connection is passed on', async () => {
  assert.is(await message(fourLetterWord(async () => Promise.reject(new Error('refused')), 'srvr')), 'refused')
})

test('a flood is cut', async () => {
  assert.match(await message(fourLetterWord(server({ srvr: 'x'.repeat(100_000) }), 'srvr')), /longer than 64 KiB/)
})

test.run()
