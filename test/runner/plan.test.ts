import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inLanes } from './lanes.ts'
import { fits, inOrder, lanesFor, secondsLeft, spoken } from './plan.ts'
import type { Kind, Suite } from './suites.ts'

const test = suite('the order of a test run')
const make = (name: string, kind: Kind): Suite => ({ file: `/${name}`, name, kind })
const [p1, p2, built, h1, h2, h3, h4] = [
  ...(['p1', 'p2'] as const).map((name) => make(name, 'plain')),
  make('built', 'parts'),
  ...(['h1', 'h2', 'h3', 'h4'] as const).map((name) => make(name, 'hosts')),
] as [Suite, Suite, Suite, Suite, Suite, Suite, Suite]
const lanes = lanesFor(2, 16)
const h5 = make('h5', 'hosts')
const long = make('long', 'long')

test('what needs least comes first, the shortest of it; of the rest the longest', () => {
  const order = inOrder([h1, built, h2, p1, p2], { h1: 10, h2: 20, p1: 1, p2: 2 })
  assert.equal(
    order.map(({ name }) => name),
    ['p1', 'p2', 'built', 'h2', 'h1'],
  )
})

for (const [cores, memory, plain, hosts] of [
  [1, 16, 2, 2],
  [2, 16, 2, 4],
  [2, 3.8, 2, 1],
  [8, 16, 8, 5],
] as const) {
  test(`${cores} cores and ${memory} GiB: ${plain} plain files or ${hosts} with hosts side by side`, () => {
    const { plain: isPlain, hosts: isHosts } = lanesFor(cores, memory)
    assert.equal([isPlain, isHosts], [plain, hosts])
  })
}

for (const [next, running, may] of [
  [p1, [], true],
  [p1, [p2], true],
  [h1, [p1], true],
  [h2, [p1, h1], true],
  [h4, [p1, p2, h1, h2, h3], true],
  [h5, [p1, h1, h2, h3, h4], false],
  [p2, [p1, h1, h2, h3, h4], true],
  [built, [p1, p2, h1], false],
  [long, [p1], false],
  [long, [], true],
  [p1, [long], false],
  [h1, [long], false],
  [h5, [h1, h2, h3, h4], false],
] as const) {
  test(`${next.name} beside ${running.map(({ name }) => name).join(', ') || 'nothing'}: ${may}`, () => {
    assert.is(fits(next, running, lanes), may)
  })
}

test('files run side by side, and those that need parts only when the parts are made', async () => {
  const log: string[] = []
  let made: () => void = () => undefined
  const parts = new Promise<void>((resolve) => (made = resolve))
  const work = async ({ name, kind }: Suite): Promise<void> => {
    log.push(`+${name}`)
    await new Promise((resolve) => setTimeout(resolve, kind === 'plain' ? 5 : 20))
    log.push(`-${name}`)
    if (name === 'p2') {
      log.push('parts')
      made()
    }
  }
  await inLanes([p1, p2, built, h1, h2, h3, h4, h5], lanes, parts, work)
  assert.equal(log.slice(0, 2), ['+p1', '+p2'])
  assert.ok(log.indexOf('parts') < log.indexOf('+built'), log.join(' '))
  assert.is(log.length, 17, log.join(' '))
  const most = log.reduce(
    ({ now, top }, word) => {
      const then = now + (word.startsWith('+h') ? 1 : 0) - (word.startsWith('-h') ? 1 : 0)
      return { now: then, top: Math.max(top, then) }
    },
    { now: 0, top: 0 },
  ) // prettier-ignore
  assert.is(most.top, 4, log.join(' '))
})

test('a file that cannot be run at all ends the run', async () => {
  const why = await inLanes([p1], lanes, Promise.resolve(), () => Promise.reject(new Error('no process'))).catch(
    (error: Error) => error.message,
  )
  assert.is(why, 'no process')
})

const durations = { p1: 20, p2: 40, h1: 60, h2: 120 }
for (const [what, position, left] of [
  ['nothing done yet', { done: [], running: [], waiting: [p1, p2] }, 40],
  ['two lanes', { done: [], running: [{ suite: p1, seconds: 10 }], waiting: [p2] }, 40],
  ['lanes of both kinds', { done: [], running: [], waiting: [p1, p2, h2, h2, h2, h2, h1] }, 135],
  ['four lanes of hosts', { done: [], running: [], waiting: [h1, h2] }, 120],
  ['a machine half as fast', { done: [{ suite: p2, seconds: 80 }], running: [], waiting: [p1] }, 40],
  ['longer than ever', { done: [], running: [{ suite: p1, seconds: 30 }], waiting: [] }, 1],
  ['all done', { done: [{ suite: p1, seconds: 20 }], running: [], waiting: [] }, 0],
] as const) {
  test(`the time left: ${what}`, () => assert.is(secondsLeft(position, durations, lanes), left))
}

for (const [time, text] of [
  [3, '5 s'],
  [61, '65 s'],
  [100, '2 min'],
  [700, '12 min'],
] as const) {
  test(`${time} s are ${text}`, () => assert.is(spoken(time), text))
}

test.run()
