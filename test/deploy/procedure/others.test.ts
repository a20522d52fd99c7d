// Others work on the same app.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../../src/balancing/chain.ts'
import { parseAppFile } from '../../../src/deploy/app/app-file.ts'
import { deployment } from '../../../src/deploy/rollout/deployment.ts'
import { runProcedure } from '../../../src/deploy/run-procedure.ts'
import { cleaner } from '../../../src/model/clean.ts'
import { all, app, type Ctx, clientOf, clusterOf, deploys, onFakes, started, writes } from './ground.ts'

const test = suite<Ctx>('deploy: others')
onFakes(test)

test('a deployment that is under way is named, and Marathon is not asked to change anything', async ({ fake }) => {
  started(fake, app('v1'))
  await clientOf(fake).changes(NONE_IS_MISSED).put('/web', app('v2', 'sick').definition)
  fake.log.requests.length = 0
  const { result } = await deploys(fake, { app: app('v3') })
  assert.equal([result.outcome, result.exitCode, writes(fake)], ['refused', 1, []])
  assert.match(
    result.reason ?? '',
    /^the deployment deployment-\d+ of \/web \(RestartApplication \/web\) is under way\. Wait for it with --wait/,
  )
})

test('… or waited for', async ({ fake }) => {
  started(fake, app('v1'))
  await clientOf(fake).changes(NONE_IS_MISSED).put('/web', app('v2').definition)
  const { result, events } = await deploys(fake, { app: app('v3') }, { wait: true })
  assert.equal([result.outcome, result.from, fake.healthy('v3').length, fake.least], ['live', 'v2', 4, 4])
  assert.is(events.filter((event) => event.event === 'waiting').length, 1)
})

test('… or ended, by going back from it', async ({ fake }) => {
  started(fake, app('v1'))
  await clientOf(fake).changes(NONE_IS_MISSED).put('/web', app('v2', 'sick').definition)
  fake.tick(10_000)
  const { result } = await deploys(fake, { id: '/web', to: 'v1' }, { allow: ['running-deployment'] })
  assert.equal([result.outcome, fake.healthy('v1').length, fake.least], ['live', 4, 4])
})

test('a deployment that began at the same moment', async ({ fake }) => {
  started(fake, app('v1'))
  fake.before = (request) =>
    request.startsWith('PUT') ? { status: 409, body: '{"message":"App is locked"}' } : undefined
  const { result } = await deploys(fake, { app: app('v2') })
  assert.equal([result.outcome, writes(fake).length], ['refused', 1])
  assert.match(result.reason ?? '', /^another deployment of \/web began at the same moment: .*App is locked/)
})

test('what Marathon refuses is said', async ({ fake }) => {
  const body =
    '{"message":"Object is not valid","details":[{"path":"/constraints","errors":["operator must be one of"]}]}'
  fake.before = (request) => (request.startsWith('PUT') ? { status: 422, body } : undefined)
  const { result } = await deploys(fake, { app: app('v2') })
  assert.equal([result.outcome, result.exitCode], ['refused', 1])
  assert.match(result.reason ?? '', /answered 422: Object is not valid; \/constraints: operator must be one of$/)
})

test('what Marathon says of a secret is not said again', async ({ fake }) => {
  const file = { id: '/web', cmd: 'exec x', env: { KEY: { from: 'env:KEY' } } }
  const secret = parseAppFile(JSON.stringify(file), { path: 'app.json', secrets: () => 'hunter22' })
  fake.before = (request) =>
    request.startsWith('PUT')
      ? { status: 422, body: '{"message":"\\u001b[31mnot valid: {\\"KEY\\":\\"hunter22\\"}"}' }
      : undefined
  const run = runProcedure(
    clusterOf(fake),
    '/web',
    (given, named, note) => deployment(given, { app: secret }, named, note),
    { allow: ['over-capacity'] },
    cleaner(secret.secrets),
  )
  const { result, events } = await all(run)
  assert.match(result.reason ?? '', /not valid: \{"KEY":"‹secret›"\}$/)
  assert.is(/hunter22|\u001b/.test(JSON.stringify(events)), false)
})

test('somebody else changes the app meanwhile', async ({ fake }) => {
  started(fake, app('v1'))
  let slept = 0
  const foreign = async (ms: number): Promise<void> => {
    fake.tick(ms)
    if (++slept === 3) await clientOf(fake).changes(NONE_IS_MISSED).put('/web', app('v9').definition, { force: true })
  }
  const { result } = await deploys(fake, { app: app('v2', 'sick') }, {}, { sleep: foreign })
  assert.equal([result.outcome, result.back], ['failed', undefined])
  assert.match(result.reason ?? '', /^\/web has meanwhile been changed by somebody else/)
})

test('somebody else changes the app while it is taken back: theirs is left alone', async ({ fake }) => {
  started(fake, app('v1'))
  let first = true
  fake.before = (request) => {
    if (!request.startsWith('POST /v2/tasks/delete') || !first) return undefined
    first = false
    void clientOf(fake).changes(NONE_IS_MISSED).put('/web', app('v9').definition, { force: true })
    return undefined
  }
  const { result } = await deploys(fake, { app: app('v2', 'sick') })
  assert.match(result.reason ?? '', /v1 is not back yet .*\/web has meanwhile been changed by somebody else/)
  fake.tick(30_000)
  assert.is(fake.healthy('v9').length, 4)
})

test('somebody else begins while the image is brought', async ({ fake }) => {
  started(fake, app('v1'))
  const slaves = [
    {
      host: 'slave-1',
      image: async () => void (await clientOf(fake).changes(NONE_IS_MISSED).put('/web', app('v9').definition)),
    },
  ]
  const refused = await deploys(fake, { app: app('v2') }, {}, { slaves })
  assert.match(refused.result.reason ?? '', /^the deployment .* is under way/)
  fake.tick(30_000)
  const slow = [
    {
      host: 'slave-1',
      image: async () => void (await clientOf(fake).changes(NONE_IS_MISSED).put('/web', app('v8').definition)),
    },
  ]
  const { result } = await deploys(fake, { app: app('v2') }, { wait: true }, { slaves: slow })
  assert.equal([result.outcome, fake.healthy('v2').length], ['live', 4])
})

test.run()
