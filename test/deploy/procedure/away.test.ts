import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { app, type Ctx, deploys, onFakes, started, writes } from './ground.ts'

const test = suite<Ctx>('deploy: Marathon is away, the tool is stopped')
onFakes(test)

// Marathon is away.
test('its leader changes in the middle', async ({ fake }) => {
  started(fake, app('v1'))
  let slept = 0
  const sleep = async (ms: number): Promise<void> => {
    if (++slept === 3) fake.lead(15_000)
    fake.tick(ms)
  }
  const { result, events } = await deploys(fake, { app: app('v2') }, {}, { sleep })
  assert.equal([result.outcome, fake.healthy('v2').length], ['live', 4])
  assert.equal(
    events.filter(({ event }) => event === 'away' || event === 'again').map(({ event }) => event),
    ['away', 'again'],
  )
})

test('it stays away', async ({ fake }) => {
  started(fake, app('v1'))
  fake.lead(3_600_000)
  const { result } = await deploys(fake, { app: app('v2') })
  assert.equal([result.outcome, result.exitCode, writes(fake)], ['unreachable', 4, []])
  assert.match(result.reason ?? '', /^Marathon does not answer: m1: GET \/v2\/apps\/web answered 500; m2: /)
})

for (const [what, answer] of [
  ['is taken on, but not confirmed', 'drop'],
  ['is lost', { status: 500 }],
] as const) {
  test(`a definition that ${what} is sent once`, async ({ fake }) => {
    started(fake, app('v1'))
    let first = true
    fake.before = (request) => {
      if (!request.startsWith('PUT') || !first) return undefined
      first = false
      return answer
    }
    const { result } = await deploys(fake, { app: app('v2') })
    assert.equal([result.outcome, writes(fake).length, fake.least], ['live', answer === 'drop' ? 1 : 2, 4])
    assert.is(fake.versions.length, 2)
  })
}

test('changes on the way back that are not confirmed do no harm', async ({ fake }) => {
  started(fake, app('v1'))
  const seen = new Set<string>()
  fake.before = (request) => {
    if (request.startsWith('GET') || writes(fake).length < 2 || seen.has(request)) return undefined
    seen.add(request)
    return 'drop'
  }
  const { result } = await deploys(fake, { app: app('v2', 'sick') })
  assert.equal([result.back?.done, fake.healthy('v1').length, fake.least], [true, 4, 4])
})

// ^C.
test('asked to stop, it follows no further and says what goes on', async ({ fake }) => {
  started(fake, app('v1'))
  const stop = new AbortController()
  let slept = 0
  const sleep = async (ms: number): Promise<void> => {
    fake.tick(ms)
    if (++slept === 4) stop.abort()
  }
  const { result } = await deploys(fake, { app: app('v2') }, { signal: stop.signal }, { sleep })
  assert.equal([result.outcome, result.exitCode], ['left', 1])
  assert.match(
    result.reason ?? '',
    /^stopped following: Marathon goes on by itself \(\d of 4 healthy\)\. .*provision deploy --to v1 \/web --allow running-deployment$/,
  )
  fake.tick(30_000)
  assert.is(fake.healthy('v2').length, 4)
})

test('asked to stop on the way back, it gets to a safe place first', async ({ fake }) => {
  started(fake, app('v1'))
  const stop = new AbortController()
  fake.before = (request) => {
    if (request.startsWith('PUT') && request.includes('force')) stop.abort()
    return undefined
  }
  const { result } = await deploys(fake, { app: app('v2', 'sick') }, { signal: stop.signal })
  assert.is(result.outcome, 'left')
  fake.tick(30_000)
  assert.equal([fake.healthy('v1').length, fake.least, fake.current.definition.env?.VERSION], [4, 4, 'v1'])
})

test('asked to leave, it goes at once', async ({ fake }) => {
  started(fake, app('v1'))
  const leave = new AbortController()
  fake.before = (request) => {
    if (request.startsWith('PUT') && request.includes('force')) leave.abort()
    return undefined
  }
  const { result } = await deploys(fake, { app: app('v2', 'sick') }, { leave: leave.signal })
  assert.equal([result.outcome, fake.current.definition.env?.VERSION], ['left', 'v2'])
})

test.run()
