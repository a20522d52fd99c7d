import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { queue } from '../../src/lib/wait/queue.ts'
import { cpuOf } from '../support/cost.ts'

const test = suite('queue')
const drain = async <T>(values: AsyncIterable<T>): Promise<T[]> => {
  const out: T[] = []
  for await (const v of values) out.push(v)
  return out
}
const count = (n: number) => Array.from({ length: n }, (_, i) => i)

test('what was pushed before is read, in order', async () => {
  const q = queue<number>()
  for (const i of count(5000)) q.push(i)
  q.end()
  assert.equal(await drain(q), count(5000))
})

test('what comes while it is read is read too', async () => {
  const q = queue<number>()
  const reading = drain(q)
  for (const i of count(3000)) {
    q.push(i)
    if (i % 7 === 0) await null
    if (i % 500 === 0) await new Promise((done) => setTimeout(done))
  }
  q.end()
  assert.equal(await reading, count(3000))
})

test('unread, the newest are kept, and pushing stays cheap', async () => {
  const q = queue<number>(100_000)
  const cost = cpuOf(() => {
    for (const i of count(1_000_000)) q.push(i)
  })
  assert.ok(cost < 3000, `${cost} ms`)
  q.end()
  const kept = await drain(q)
  assert.equal([kept.length, kept[0], kept.at(-1)], [100_000, 900_000, 999_999])
})

test('an end that comes first ends the reading', async () => {
  const q = queue<number>()
  q.end()
  assert.equal(await drain(q), [])
})

test('a second reader beside the first is told so, and does not hang', async () => {
  const q = queue<number>()
  const first = drain(q)
  const second = await drain(q).catch(({ message }: Error) => message)
  assert.match(String(second), 'these events are already being read')
  q.push(1)
  q.end()
  assert.equal(await first, [1])
  assert.equal(await drain(q), [], 'afterwards there is nothing left')
})

test.run()
