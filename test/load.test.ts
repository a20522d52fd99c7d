/**
 * The load client counts what it must: a test that never loses a request is only as good as the client that would see
 * it.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Client, startLoad } from './support/load.ts'
import { until as untilSo } from './support/until.ts'

interface Ctx {
  client?: Client
  server: Server
  port: number
  /** What the app does with some of its requests: the 51st to the 100th. */
  mood: 'well' | 'ill' | 'cuts' | 'strange'
  /** Requests that the app has had. */
  asked: number
  /** Addresses whose health check answers 503. */
  sick: Set<string>
  /** Addresses that were asked for something else, and how often. */
  seen: Map<string, number>
}
const test = suite<Ctx>('load client')

test.before.each(async (ctx) => {
  ctx.mood = 'well'
  ctx.asked = 0
  ctx.sick = new Set()
  ctx.seen = new Map()
  ctx.server = createServer((req, res) => {
    const address = req.socket.localAddress?.replace('::ffff:', '') ?? ''
    if (req.url === '/haproxy-health') return res.writeHead(ctx.sick.has(address) ? 503 : 200).end()
    ctx.seen.set(address, (ctx.seen.get(address) ?? 0) + 1)
    const mood = ++ctx.asked > 50 && ctx.asked <= 100 ? ctx.mood : 'well'
    if (mood === 'cuts') return req.socket.destroy()
    if (mood === 'ill') return res.writeHead(503).end()
    req.resume()
    return res.end(mood === 'strange' ? 'It works' : `hello from ${req.method}`)
  })
  ctx.server.keepAliveTimeout = 0 // it cuts no connection that a busy machine has left idle
  await new Promise<void>((resolve) => ctx.server.listen(0, '0.0.0.0', resolve))
  ctx.port = (ctx.server.address() as AddressInfo).port
})
test.after.each(async (ctx) => {
  await ctx.client?.stop() // also where the test fails
  ctx.server.closeAllConnections()
  ctx.server.close()
})

const start = (ctx: Ctx, targets: readonly string[] = ['127.0.0.1', '127.0.0.2']): Client => {
  ctx.client = startLoad({
    targets,
    port: ctx.port,
    rate: 50, // this one process asks and answers, on a busy machine a few times as slowly
    healthTimeout: 30_000, // who is well stays in, however busy this machine is
    responder: (body) => /^hello from (\w+)$/.exec(body)?.[1],
  })
  return ctx.client
}

test('all is well: nothing is lost, both targets get half, of which every tenth is a POST', async (ctx) => {
  const client = start(ctx)
  await client.reach(200)
  const { sent, lost, answers } = await client.stop()
  assert.is(lost, 0)
  const [a, b] = ['127.0.0.1', '127.0.0.2'].map((target) => answers[target] ?? {}) as [
    Record<string, number>,
    Record<string, number>,
  ]
  assert.is((a.GET ?? 0) + (b.GET ?? 0) + (a.POST ?? 0) + (b.POST ?? 0), sent)
  for (const { GET = 0, POST = 0 } of [a, b]) assert.is(POST, Math.floor((GET + POST + 2) / 10))
  assert.ok(Math.abs((a.GET ?? 0) + (a.POST ?? 0) - sent / 2) <= 1)
})

for (const [mood, kind] of [
  ['ill', '503 GET'],
  ['strange', 'a strange answer GET'],
  ['cuts', 'ECONNRESET GET'],
] as const) {
  test(`an app that is ${mood} loses requests, and only while it is`, async (ctx) => {
    ctx.mood = mood
    const client = start(ctx)
    await client.reach(150)
    const { sent, lost, kinds, answers } = await client.stop()
    assert.is(lost, 50, `of ${sent}: ${JSON.stringify(kinds)}`)
    assert.is(
      Object.values(kinds).reduce((a, b) => a + b),
      lost,
    )
    assert.ok(
      Object.keys(kinds).some((k) => k.startsWith(kind.replace(' GET', ''))),
      JSON.stringify(kinds),
    )
    assert.is(
      Object.values(answers)
        .flatMap((own) => Object.values(own))
        .reduce((a, b) => a + b),
      sent - lost,
    )
  })
}

const until = (is: () => boolean): Promise<void> => untilSo('so', is, 10)

test('a target whose health check fails gets nothing, until it is well again', async (ctx) => {
  const client = start(ctx)
  ctx.sick.add('127.0.0.2')
  await until(() => client.changes.length === 1)
  const out = client.sent
  await until(() => ctx.asked >= out + 200)
  const had = ctx.seen.get('127.0.0.2') ?? 0
  assert.ok(had <= Math.floor(out / 2), `of ${out} it had every second one, and then none: ${had}`)
  ctx.sick.clear()
  await until(() => client.changes.length === 2)
  ctx.seen.clear()
  await until(() => ctx.seen.size === 2)
  const { changes, lost, kinds } = await client.stop()
  assert.equal(
    changes.map(({ target, in: isIn }) => `${target} ${isIn}`),
    ['127.0.0.2 false', '127.0.0.2 true'],
  )
  assert.is(lost, 0, JSON.stringify(kinds))
})

test('where no target is well all are asked', async (ctx) => {
  const client = start(ctx)
  ctx.sick = new Set(['127.0.0.1', '127.0.0.2'])
  await until(() => client.changes.length === 2)
  ctx.seen.clear()
  await until(() => ctx.seen.size === 2)
  const { lost, kinds } = await client.stop()
  assert.is(lost, 0, JSON.stringify(kinds))
})

test.run()
