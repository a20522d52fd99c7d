import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../src/shell/secret.ts'
import { type Attempt, passwordGate } from '../../src/transport/password.ts'
import type { TransportError } from '../../src/transport/transport.ts'

const test = suite('transport/password')
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A gate, and what has come of each host's turn so far. */
function trial(answer: Secret | 'none' = new Secret('hunter2')) {
  let asked = 0
  const gate = passwordGate(
    async () => {
      asked += 1
      return answer === 'none' ? undefined : answer
    },
    { kind: 'sudo', text: 'Password for sudo' },
    'sudo-password',
  )
  const state: Record<string, Attempt | string> = {}
  const take = (host: string): void => {
    state[host] = 'waiting'
    gate.take(host).then(
      (attempt) => {
        state[host] = attempt
      },
      (error: TransportError) => {
        state[host] = `${error.failure}: ${error.message}`
      },
    )
  }
  const settle = (host: string, outcome: 'accepted' | 'refused' | 'unknown'): void =>
    (state[host] as Attempt).settle(outcome)
  return { state, take, settle, asked: () => asked, has: (host: string) => typeof state[host] === 'object' }
}

test('asked once, tried on one host first; then all others get it', async () => {
  const { state, take, settle, asked, has } = trial()
  for (const host of ['a', 'b', 'c']) take(host)
  await turn()
  assert.equal([has('a'), state.b, state.c], [true, 'waiting', 'waiting'])
  settle('a', 'accepted')
  await turn()
  assert.equal([has('b'), has('c'), asked()], [true, true, 1])
  take('d')
  await turn()
  assert.ok(has('d'), 'nobody waits any more')
})

test('refused by the first, the others are not tried', async () => {
  const { state, take, settle, asked } = trial()
  take('a')
  take('b')
  await turn()
  settle('a', 'refused')
  await turn()
  assert.match(state.b as string, /^sudo-password: .*refused by a and so was not tried here/)
  take('c')
  take('a')
  await turn()
  assert.match(state.c as string, /refused by a/)
  assert.match(state.a as string, /refused here and is not tried again/)
  assert.is(asked(), 1)
})

test('the first never came to it: the next one tries', async () => {
  const { state, take, settle, has } = trial()
  for (const host of ['a', 'b', 'c']) take(host)
  await turn()
  settle('a', 'unknown')
  await turn()
  assert.equal([has('b'), state.c], [true, 'waiting'])
  settle('b', 'accepted')
  await turn()
  assert.ok(has('c'))
})

test('refused by a later host: that one alone fails, and is not tried again', async () => {
  const { state, take, settle, has } = trial()
  take('a')
  await turn()
  settle('a', 'accepted')
  take('b')
  await turn()
  settle('b', 'refused')
  take('b')
  take('c')
  await turn()
  assert.match(state.b as string, /refused here/)
  assert.ok(has('c'))
})

test('no answer: every host says so, and nobody is asked twice', async () => {
  const { state, take, asked } = trial('none')
  take('a')
  take('b')
  await turn()
  await turn()
  for (const host of ['a', 'b']) assert.match(state[host] as string, /needed and none was given/)
  assert.is(asked(), 1)
})

test.run()
