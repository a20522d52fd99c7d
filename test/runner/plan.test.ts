import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ON_ANY_NODE } from './any-node.ts'
import { idleShare } from './idle.ts'
import { inLanes } from './lanes.ts'
import { fits, inOrder, lanesFor, secondsLeft, spoken } from './plan.ts'
import { type Kind, ROOT, type Suite, suitesAt, suitesIn } from './suites.ts'

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

for (const path of ON_ANY_NODE)
  test(`${path} is there, and needs no hosts`, () => {
    const found = suitesAt(join(ROOT, path))
    assert.equal([...new Set(found.map(({ kind }) => kind))], ['plain'])
  })

test('suites of resource types, and one of the whole cluster, run on either release', () => {
  const found = suitesAt(join(ROOT, 'test')).flatMap(({ name, releases }) => (releases ? [name] : []))
  assert.ok(found.includes('test/sandbox/packages.test.ts') && found.includes('test/long/release.test.ts'))
})

test('what a file needs counts, too, if a file beside it imports that', () => {
  const kinds = new Map(suitesAt(join(ROOT, 'test')).map(({ name, kind }) => [name, kind]))
  assert.is(kinds.get('test/recipes/load-balancer/rendered.test.ts'), 'parts') // by rendered-ground.ts
  assert.is(kinds.get('test/sandbox/load-balancer.test.ts'), 'hosts')
  assert.is(kinds.get('test/runner/plan.test.ts'), 'plain')
  const [ec2] = suitesAt(join(ROOT, 'test/cloud/permissions.test.ts'))
  assert.equal([ec2?.kind, ec2?.motoOnly], ['parts', true]) // it waits for moto, and lets nobody build Consul
})

test('what a file needs counts wherever the file is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'))
  for (const [name, kind] of [
    ['hosts', 'hosts'],
    ['parts', 'parts'],
    ['until', 'plain'],
  ] as const) {
    const file = join(folder, `${name}.test.ts`)
    writeFileSync(file, `import '${ROOT}/test/support/load.ts'\nimport { x } from '${ROOT}/test/support/${name}.ts'\n`)
    assert.equal(
      suitesAt(file).map((found) => found.kind),
      [kind],
    )
  }
  rmSync(folder, { recursive: true })
})

test('a file that is named twice, also by its folder, is one', () => {
  const [folder, file] = [join(ROOT, 'test/runner'), join(ROOT, 'test/runner/plan.test.ts')]
  assert.equal(suitesIn([file, folder, file]).length, suitesAt(folder).length)
})

test('what needs least comes first, the shortest of it; of the rest the longest', () => {
  const order = inOrder([h1, built, h2, p1, p2], { h1: 10, h2: 20, p1: 1, p2: 2 })
  assert.equal(
    order.map(({ name }) => name),
    ['p1', 'p2', 'built', 'h2', 'h1'],
  )
})

test('of those that need nothing, the quick ones come first, and then the longest', () => {
  const files = ['a', 'b', 'c', 'd'].map((name) => make(name, 'plain'))
  const order = inOrder(files, { a: 30, b: 9, c: 200, d: 2 })
  assert.equal(
    order.map(({ name }) => name),
    ['d', 'b', 'c', 'a'],
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

for (const [what, idle, most] of [
  ['busy', 0.1, 4],
  ['idle', 0.9, 5],
] as const) {
  test(`while the processors are ${what}, ${most} files with hosts run side by side`, async () => {
    const running = new Set<string>()
    let top = 0
    let looks = 0
    // the first files end only after enough looks to start more files than there are lanes
    const work = async ({ name }: Suite): Promise<void> => {
      running.add(name)
      top = Math.max(top, running.size)
      while (looks < 5) await new Promise((resolve) => setTimeout(resolve, 1))
      running.delete(name)
    }
    const look = (): number => {
      looks++
      return idle
    }
    const spare = { lanes: { ...lanes, hosts: 5 }, every: 0.005, idle: look }
    const h6 = make('h6', 'hosts')
    await inLanes([h1, h2, h3, h4, h5, h6], lanes, Promise.resolve(), work, { spare })
    assert.is(top, most)
  })
}

test('while the processors are idle, files with hosts are begun before those without', async () => {
  const begun: string[] = []
  const work = async ({ name }: Suite): Promise<void> => {
    begun.push(name)
    while (begun.length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const narrow = { plain: 1, parts: 1, hosts: 1, long: 1 }
  const spare = { lanes: { ...narrow, plain: 2, hosts: 2 }, every: 0.005, idle: () => 1 }
  await inLanes([p1, p2, h1, h2], narrow, Promise.resolve(), work, { spare })
  assert.is(begun[2], 'h2', begun.join())
})

test('once a run is stopped, no file starts any more, whatever ends', async () => {
  const begun: string[] = []
  const stop = new AbortController()
  let end: () => void = () => undefined
  const killed = new Promise<void>((resolve) => (end = resolve))
  const work = async ({ name }: Suite): Promise<void> => {
    begun.push(name)
    await killed
  }
  const narrow = { plain: 1, parts: 1, hosts: 1, long: 1 }
  const spare = { lanes: { ...narrow, hosts: 4 }, every: 0.005, idle: () => (stop.signal.aborted ? 1 : 0) }
  void inLanes([p1, p2, h1, h2, h3], narrow, Promise.resolve(), work, { spare, stopped: stop.signal })
  await new Promise((resolve) => setTimeout(resolve, 20))
  stop.abort()
  end()
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(begun, ['p1', 'h1'])
})

test('idle is the share that nobody used since the last time', () => {
  const at = (idle: number, user: number) => [{ times: { idle, user } }, { times: { idle: 0, user: 0 } }]
  const seen = [at(0, 0), at(30, 70), at(120, 80), at(120, 80)]
  const share = idleShare(() => seen.shift() ?? [])
  assert.equal([share(), share(), share()], [0.3, 0.9, 0])
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
  ['quick files slow each other', { done: [{ suite: p2, seconds: 200 }], running: [], waiting: [p1, h1] }, 100],
  ['and hosts do not', { done: [{ suite: p2, seconds: 200 }], running: [], waiting: [h2] }, 120],
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
