import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../src/balancing/chain.ts'
import { MarathonAwayError, MarathonError, marathon } from '../../src/clients/marathon.ts'
import { Secret } from '../../src/shell/secret.ts'
import { type Answer, answers, json, recorded } from './marathon-answers-of.ts'

const test = suite<Ctx>('clients/marathon')

interface Ctx {
  server: Server
  asked: string[]
  sent: { readonly body: string; readonly authorization: string | undefined }[]
  answer: (asked: string) => Answer
  dial: () => Promise<import('node:stream').Duplex>
}

test.before.each(async (ctx) => {
  ctx.asked = []
  ctx.sent = []
  ctx.answer = () => ({ status: 500, body: '' })
  ctx.server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const asked = `${request.method} ${request.url}`
      ctx.asked.push(asked)
      ctx.sent.push({ body, authorization: request.headers.authorization })
      const { status, headers, body: said } = ctx.answer(asked)
      response.writeHead(status, headers).end(said)
    })
  })
  await new Promise<void>((resolve) => ctx.server.listen(0, '127.0.0.1', resolve))
  const { port } = ctx.server.address() as AddressInfo
  ctx.dial = async () => connect(port, '127.0.0.1')
})
test.after.each(({ server }) => {
  server.closeAllConnections()
  server.close()
})

test('asks what was asked of the real one', async (ctx) => {
  ctx.answer = answers({
    'GET /v2/apps/web': '42_GET_app',
    'GET /v2/apps/nope': '21_app_404',
    'GET /v2/apps/web/versions': '47_GET_versions',
    'GET /v2/apps/web/versions/2026-11-22T10%3A43%3A26.398Z': '42_GET_version',
    'GET /v2/leader': '12_leader',
    'PUT /v2/apps/web?force=true': '43_PUT_scale_up_200',
    'PUT /v2/apps/web?partialUpdate=false': '44_PUT_update_env_200',
  })
  const client = marathon({ hosts: [{ name: 'm1', dial: ctx.dial }] })
  assert.is((await client.app('/web'))?.tasks.length, 2)
  assert.is(await client.app('/nope'), undefined)
  const versions = await client.versions('/web')
  assert.equal(
    [versions.length, versions[0], versions.at(-1)],
    [10, '2026-11-22T10:43:49.929Z', '2015-01-01T00:00:00.000Z'],
  )
  const stored = await client.version('/web', '2026-11-22T10:43:26.398Z')
  assert.equal(
    [stored?.instances, stored?.definition.cmd, stored?.definition.version],
    [2, 'exec python3 /PATH $PORT0', undefined],
  )
  assert.is(await client.leader(), 'marathon1:8080')
  assert.equal(await client.changes(NONE_IS_MISSED).scale('/web', 3, { force: true }), {
    deployment: '8790ee98-9652-4804-a5ba-5ecfa771ae93',
    version: '2026-11-22T10:43:29.542Z',
  })
  assert.is((await client.changes(NONE_IS_MISSED).put('/web', { cmd: 'x' })).version, '2026-11-22T10:43:34.898Z')
  assert.equal(
    ctx.sent.slice(-2).map(({ body }) => body),
    ['{"instances":3}', '{"cmd":"x"}'],
  )
})

test('ends tasks and lowers the number, in one request, unless it is lower already', async (ctx) => {
  const { app } = json('42_GET_app') as { app: { id: string; instances: number } }
  ctx.answer = () => ({ status: 200, body: JSON.stringify({ app }) })
  const { killAndScale } = marathon({ hosts: [{ name: 'm1', dial: ctx.dial }] }).changes(NONE_IS_MISSED)
  await killAndScale(['a', 'b'], { id: app.id, instances: app.instances + 1 })
  assert.equal(ctx.asked, [`GET /v2/apps${app.id}`])
  await killAndScale(['a', 'b'], app)
  assert.equal(
    [ctx.asked.slice(1), ctx.sent.at(-1)?.body],
    [[`GET /v2/apps${app.id}`, 'POST /v2/tasks/delete?scale=true&force=true'], '{"ids":["a","b"]}'],
  )
})

test('all apps, and the end of tasks that others replace', async (ctx) => {
  const { app } = json('42_GET_app') as { app: object }
  ctx.answer = (asked) => ({
    status: 200,
    body: asked.startsWith('GET') ? JSON.stringify({ apps: [app] }) : '{"tasks":[]}',
  })
  const client = marathon({ hosts: [{ name: 'm1', dial: ctx.dial }] })
  assert.equal(
    (await client.apps()).map(({ id, tasks }) => [id, tasks.length]),
    [['/web', 2]],
  )
  await client.changes(NONE_IS_MISSED).kill(['a'])
  assert.equal(ctx.asked, ['GET /v2/apps?embed=apps.tasks&embed=apps.deployments', 'POST /v2/tasks/delete'])
})

test('user and password', async (ctx) => {
  ctx.answer = () => ({ status: 200, body: '[]' })
  await marathon({ hosts: [{ name: 'm1', dial: ctx.dial }], credentials: new Secret('admin:pä:ss') }).deployments()
  assert.is(Buffer.from(ctx.sent[0]?.authorization?.replace('Basic ', '') ?? '', 'base64').toString(), 'admin:pä:ss')
  ctx.answer = () => recorded('96_auth_apps_nocred')
  const error = await failure(marathon({ hosts: [{ name: 'm1', dial: ctx.dial }] }).deployments())
  assert.match(
    error.message,
    /^Marathon asks for a user and a password, or does not accept the ones in vars\.marathon\.credentials: /,
  )
})

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => assert.unreachable('it did not fail'),
    (error) => error,
  ) as Promise<Error>
const refuses = () => Promise.reject(new Error('10.0.0.11:8080 refused the connection'))

test('a refused change is an error with its status, and is asked once', async (ctx) => {
  ctx.answer = () => recorded('41_PUT_409_locked')
  const hosts = ['m1', 'm2'].map((name) => ({ name, dial: ctx.dial }))
  const error = await failure(marathon({ hosts }).changes(NONE_IS_MISSED).put('/web', {}))
  assert.instance(error, MarathonError)
  assert.is((error as MarathonError).status, 409)
  assert.is(ctx.asked.length, 1)
})

test('the first that answers is asked, and stays the first', async (ctx) => {
  ctx.answer = () => ({ status: 200, body: '[]' })
  let tried = 0
  const down = () => {
    tried += 1
    return refuses()
  }
  const client = marathon({
    hosts: [
      { name: 'm1', dial: down },
      { name: 'm2', dial: ctx.dial },
    ],
  })
  for (let i = 0; i < 3; i++) assert.equal(await client.deployments(), [])
  assert.is(tried, 1)
})

test('nobody answers: each with its reason', async (ctx) => {
  ctx.answer = () => ({ status: 502, body: '' })
  const client = marathon({
    hosts: [
      { name: 'm1', dial: refuses },
      { name: 'm2', dial: ctx.dial },
    ],
  })
  const error = await failure(client.deployments())
  assert.instance(error, MarathonAwayError)
  assert.is(
    error.message,
    'Marathon does not answer: m1: 10.0.0.11:8080 refused the connection; m2: GET /v2/deployments answered 502',
  )
  assert.equal([(error as MarathonAwayError).sent, (error as MarathonAwayError).runs], [false, true])
})

for (const [what, status, body, away] of [
  ['a standby without a leader', 500, '', true],
  ['a leader that starts', 503, 'x', true],
  ['an unknown path', 500, '{"message":"URI not found"}', false],
] as const) {
  test(`${what} ${away ? 'is away' : 'has answered'}`, async (ctx) => {
    ctx.answer = () => ({ status, body })
    const error = await failure(marathon({ hosts: [{ name: 'm1', dial: ctx.dial }] }).deployments())
    assert.is(error.name, away ? 'MarathonAwayError' : 'MarathonError')
  })
}

test('a change goes on to the next host only while nobody can have taken it on', async (ctx) => {
  ctx.answer = () => ({ status: 200, body: '{"version":"v","deploymentId":"d"}' })
  const begun = await marathon({
    hosts: [
      { name: 'm1', dial: refuses },
      { name: 'm2', dial: ctx.dial },
    ],
  })
    .changes(NONE_IS_MISSED)
    .scale('/web', 2)
  assert.equal(begun, { version: 'v', deployment: 'd' })
  ctx.answer = () => ({ status: 500, body: '' })
  const hosts = ['m1', 'm2'].map((name) => ({ name, dial: ctx.dial }))
  const error = await failure(marathon({ hosts }).changes(NONE_IS_MISSED).scale('/web', 2))
  assert.equal([error.name, (error as MarathonAwayError).sent, ctx.asked.length], ['MarathonAwayError', true, 2])
  assert.match(error.message, /^Marathon did not confirm a change: m1: PUT \/v2\/apps\/web answered 500/)
})

test('silent hosts are asked at the same time, and each is named', async () => {
  let asked = 0
  let giveUp = (_: Error): void => undefined
  const off = new Promise<never>((_, no) => (giveUp = no))
  const dial = () => {
    asked += 1
    if (asked === 3) giveUp(new Error('no route'))
    return off
  }
  const hosts = ['m1', 'm2', 'm3'].map((name) => ({ name, dial }))
  const error = await failure(marathon({ hosts, timeout: 60_000 }).deployments())
  assert.is(error.message, 'Marathon does not answer: m1: no route; m2: no route; m3: no route')
})

test('one that answers is not held up by silent ones', async (ctx) => {
  ctx.answer = () => ({ status: 200, body: '[]' })
  const silent = { name: 'm1', dial: () => new Promise<never>(() => undefined) }
  const client = marathon({ hosts: [silent, { name: 'm2', dial: ctx.dial }], timeout: 60_000 })
  assert.equal(await client.deployments(), [])
})

test('a change is never sent to two hosts at once', async (ctx) => {
  let dialled = 0
  const hosts = ['m1', 'm2'].map((name) => ({
    name,
    dial: () => {
      dialled += 1
      return ctx.dial()
    },
  }))
  ctx.answer = () => ({ status: 200, body: '{"version":"v","deploymentId":"d"}' })
  const slow = { name: 'm0', dial: () => new Promise<never>((_, no) => setTimeout(no, 1500, new Error('refused'))) }
  await marathon({ hosts: [slow, ...hosts] })
    .changes(NONE_IS_MISSED)
    .scale('/web', 2)
  assert.equal([dialled, ctx.asked.length], [1, 1])
})

test('no host at all', async () =>
  assert.is((await failure(marathon({ hosts: [] }).deployments())).message, 'there is no Marathon to ask'))

test.run()
