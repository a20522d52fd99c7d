// The procedure against a small Marathon with its own time: every path, and above all the ways back, of which none may
// cost a healthy task.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Marathon, marathon } from '../../src/clients/marathon.ts'
import type { App } from '../../src/deploy/app/app.ts'
import { parseAppFile } from '../../src/deploy/app/app-file.ts'
import type { DeployOptions } from '../../src/deploy/deploy.ts'
import type { DeployEvent, DeployResult } from '../../src/deploy/events.ts'
import type { Balancer, LiveCluster } from '../../src/deploy/live-cluster.ts'
import { deployment } from '../../src/deploy/rollout/deployment.ts'
import { scaling } from '../../src/deploy/rollout/scaling.ts'
import { type Backend, serverOf } from '../../src/deploy/rollout/serving.ts'
import { runProcedure } from '../../src/deploy/run-procedure.ts'
import type { Wanted } from '../../src/deploy/target.ts'
import { cleaner } from '../../src/model/clean.ts'
import { type Does, FakeMarathon } from '../support/fake-marathon.ts'
import { liveCluster, slaveName } from '../support/live-cluster.ts'
import { Died, mortal } from '../support/mortal.ts'

const app = (version: string, does: Does = 'good', more: object = {}): App => {
  const file = {
    id: '/web',
    instances: 4,
    container: { type: 'DOCKER', docker: { image: `web:${version}` }, portMappings: [{ containerPort: 3000 }] },
    env: { VERSION: version, DOES: does, PRESTOP: '10' },
    labels: { 'lb.enable': 'true' },
    healthChecks: [{ protocol: 'MESOS_HTTP', path: '/healthz' }],
    taskKillGracePeriodSeconds: 40,
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
    ...more,
  }
  return parseAppFile(JSON.stringify(file), { path: 'app.json' })
}

interface Ran {
  readonly result: DeployResult
  readonly events: readonly DeployEvent[]
}
type Options = Omit<DeployOptions, 'transport'>

interface Ctx {
  fake: FakeMarathon
}
const test = suite<Ctx>('deploy')

test.before.each(async (ctx) => {
  ctx.fake = new FakeMarathon()
  await ctx.fake.listen()
})
test.after.each(({ fake }) => fake.close())

const started = (fake: FakeMarathon, { definition }: App): void => fake.running(definition as never)
const clientOf = (fake: FakeMarathon): Marathon =>
  marathon({ hosts: ['m1', 'm2'].map((name) => ({ name, dial: fake.dial })) })

const clusterOf = (fake: FakeMarathon, more: Partial<LiveCluster> = {}): LiveCluster =>
  liveCluster({
    marathon: clientOf(fake),
    name: slaveName,
    sleep: async (ms) => fake.tick(ms),
    now: () => fake.now,
    ...more,
  })

async function all(run: ReturnType<typeof runProcedure>): Promise<Ran> {
  const events: DeployEvent[] = []
  for await (const event of run) events.push(event)
  return { result: await run.result, events }
}
const deploys = (
  fake: FakeMarathon,
  wanted: Wanted,
  options: Options = {},
  more: Partial<LiveCluster> = {},
): Promise<Ran> =>
  all(
    runProcedure(clusterOf(fake, more), '/web', (run, named, note) => deployment(run, wanted, named, note), {
      deadline: 30,
      ...options,
    }),
  )
const scales = (
  fake: FakeMarathon,
  instances: number,
  options: Options = {},
  more: Partial<LiveCluster> = {},
): Promise<Ran> =>
  all(runProcedure(clusterOf(fake, more), '/web', (run, named) => scaling(run, '/web', instances, named), options))

const writes = (fake: FakeMarathon): readonly string[] => fake.log.requests
// The fake first: were it kinder than the real one, the rest would prove nothing. (Measured: docs/deploy.md.)
for (const [way, go] of [
  ['a plain PUT of the old version', (m: Marathon, old: App) => m.put('/web', old.definition, { force: true })],
  [
    'a forced DELETE and a PUT',
    (m: Marathon, old: App) => m.put('/web', { ...old.definition, labels: { again: '1' } }, { force: true }),
  ],
] as const) {
  test(`the fake kills healthy tasks on ${way}`, async ({ fake }) => {
    const checks = { healthChecks: [{ protocol: 'HTTP', path: '/' }] }
    started(fake, app('v1', 'good', checks))
    await clientOf(fake).put('/web', app('v2', 'sick', checks).definition)
    fake.tick(10_000)
    await go(clientOf(fake), app('v1', 'good', checks))
    fake.tick(30_000)
    assert.ok(fake.least < 4, `${fake.least}`)
  })
}

test('a new version comes in', async ({ fake }) => {
  started(fake, app('v1'))
  const { result, events } = await deploys(fake, { app: app('v2') })
  assert.equal([result.outcome, result.exitCode, result.from, result.to, result.instances], ['live', 0, 'v1', 'v2', 4])
  assert.equal(writes(fake), ['PUT /v2/apps/web?partialUpdate=false'])
  assert.equal([fake.healthy('v2').length, fake.least], [4, 4])
  const rolling = events.flatMap((event) =>
    event.event === 'rolling' ? [`${event.healthy} of ${event.of}, ${event.old} old`] : [],
  )
  assert.equal([rolling[0], rolling.at(-1)], ['0 of 4, 4 old', '4 of 4, 0 old'])
})

test('a first version', async ({ fake }) => {
  const { result } = await deploys(fake, { app: app('v1') })
  assert.equal([result.outcome, result.from, fake.healthy('v1').length], ['live', undefined, 4])
})

test('the same again changes nothing', async ({ fake }) => {
  await deploys(fake, { app: app('v1') })
  const version = fake.current.version
  const { result } = await deploys(fake, { app: app('v1') })
  assert.equal([result.outcome, result.exitCode, fake.current.version], ['unchanged', 0, version])
})

test('where the file names no instances there are as many as before', async ({ fake }) => {
  started(fake, app('v1', 'good', { instances: 6 }))
  await deploys(fake, { app: app('v2', 'good', { instances: undefined }) })
  assert.is(fake.healthy('v2').length, 6)
})

// A version that fails. `least`: healthy tasks at any time, of 4.
const strategy = (least: number, over: number): object => ({
  upgradeStrategy: { minimumHealthCapacity: least, maximumOverCapacity: over },
})
const http = { healthChecks: [{ protocol: 'HTTP', path: '/' }] }
const failing: readonly [what: string, does: Does, more: object, least: number, says: RegExp][] = [
  ['is sick', 'sick', {}, 4, /^v2 did not become healthy in 30 s\.\nv1 serves again \(4 of 4 healthy\)\.$/],
  ['is sick, by a check of Marathon', 'sick', http, 4, /^v2 did not become healthy/],
  ['exits', 'exits', {}, 4, /^\d+ tasks of v2 ended: Container exited with status 1\.\nv1 serves again/],
  ['exits, by a check of Marathon', 'exits', http, 4, /tasks of v2 ended/],
  ['is too big', 'big', {}, 4, /\(2 wait: 2 of 2 offers: too few cpus\)/],
  ['is too big, by a check of Marathon', 'big', http, 4, /too few cpus/],
  ['is sick by half', 'half', {}, 4, /^only \d of 4 tasks of v2 are healthy/],
  ['is sick by half, by a check of Marathon', 'half', http, 4, /^only \d of 4/],
  ['is sick, where half may be away', 'sick', strategy(0.5, 0), 2, /^v2 did not become healthy/],
  ['exits, where half may be away', 'exits', strategy(0.5, 0), 2, /tasks of v2 ended/],
  ['is sick by half, where half may be away', 'half', strategy(0.5, 0), 2, /^only \d of 4/],
]
for (const [what, does, more, least, says] of failing) {
  for (const countsWaiting of does === 'exits' ? [true, false] : [true]) {
    test(`a version that ${what}${countsWaiting ? '' : ' (waiting tasks not counted)'} is taken back`, async ({
      fake,
    }) => {
      fake.countsWaiting = countsWaiting
      started(fake, app('v1', 'good', more))
      const { result } = await deploys(fake, { app: app('v2', does, more) })
      assert.equal([result.outcome, result.exitCode, result.back], ['failed', 1, { done: true, healthy: 4, of: 4 }])
      assert.match(result.reason ?? '', says)
      assert.is(fake.healthy('v1').length, 4)
      assert.equal([fake.current.definition.instances, fake.instances.length], [4, 4])
      assert.ok(fake.least >= least, `${fake.least} healthy`)
    })
  }
}

test('the failed version is the only one whose tasks are ended before the old one comes in again', async ({ fake }) => {
  started(fake, app('v1'))
  await deploys(fake, { app: app('v2', 'sick') })
  const [, raise, remove, back] = writes(fake)
  assert.is(raise, 'PUT /v2/apps/web?force=true {"instances":6}')
  assert.match(
    remove ?? '',
    /^POST \/v2\/tasks\/delete\?scale=true&force=true \{"ids":\["web\.instance-\S+_app\.1","web\.instance-\S+_app\.1"\]\}$/,
  )
  assert.is(back, 'PUT /v2/apps/web?partialUpdate=false')
})

test('a first version that fails is stopped', async ({ fake }) => {
  const { result } = await deploys(fake, { app: app('v1', 'exits') })
  assert.match(result.reason ?? '', /There was no version before: its tasks were stopped/)
  fake.tick(5000)
  assert.equal([fake.current.definition.instances, fake.instances.length, fake.plan], [0, 0, undefined])
})

test('it ends after so many failures, or so long', async ({ fake }) => {
  started(fake, app('v1'))
  const { result } = await deploys(fake, { app: app('v2', 'exits') }, { failures: 50, deadline: 20 })
  assert.match(result.reason ?? '', /^v2 did not become healthy in 20 s \(2 wait/)
})

test('last words of a task that failed', async ({ fake }) => {
  started(fake, app('v1'))
  const { result, events } = await deploys(
    fake,
    { app: app('v2', 'exits') },
    {},
    { lastWords: async () => ['PG::ConnectionBad'] },
  )
  assert.equal(result.words?.lines, ['PG::ConnectionBad'])
  const told = events.find((event) => event.event === 'task-failed')
  assert.ok(
    told?.event === 'task-failed' && /^slave-/.test(told.host) && told.says === 'Container exited with status 1',
  )
})

// Somebody kills the tool: before or after any of its changes reached Marathon. The next run finds out from Marathon
// alone.
const withFake = async (work: (fake: FakeMarathon) => Promise<void>): Promise<void> => {
  const fake = new FakeMarathon()
  await fake.listen()
  try {
    await work(fake)
  } finally {
    fake.close()
  }
}

for (const does of ['sick', 'exits', 'half', 'big'] as const) {
  for (const taskKilling of [true, false]) {
    test(`${does}: whenever the tool dies, the next run makes it good${taskKilling ? '' : ', without task_killing'}`, async ({
      fake,
    }) => {
      started(fake, app('v1'))
      fake.taskKilling = taskKilling
      await deploys(fake, { app: app('v2', does) }, { deadline: 10 })
      const changes = writes(fake).length
      assert.ok(changes >= 2)
      const deaths = Array.from({ length: changes }, (_, i) =>
        (['before', 'after'] as const).flatMap((when) =>
          (taskKilling ? [0, 20_000] : [0]).map((idle) => [i + 1, when, idle] as const),
        ),
      )
      for (const [n, when, idle] of deaths.flat())
        await withFake(async (other) => {
          const what = `${when} change ${n} of ${changes}, ${idle / 1000} s later`
          other.taskKilling = taskKilling
          started(other, app('v1'))
          await deploys(
            other,
            { app: app('v2', does) },
            { deadline: 10 },
            { marathon: mortal(clientOf(other), n, when) },
          ).then(
            () => assert.unreachable('it did not die'),
            (error) => assert.instance(error, Died),
          )
          other.tick(idle)
          const { result } = await deploys(
            other,
            { app: app('v3') },
            { allow: other.plan ? ['running-deployment'] : [] },
          )
          assert.is(result.outcome, 'live', `${what}: ${result.reason}`)
          assert.equal(
            [other.healthy('v3').length, other.instances.length, other.current.definition.instances],
            [4, 4, 4],
            what,
          )
          assert.ok(other.least >= 4, `${what}: ${other.least} healthy`)
        })
    })
  }
}

test('a way back that was left half done is finished by going to that version', async ({ fake }) => {
  started(fake, app('v1'))
  await deploys(fake, { app: app('v2', 'sick') }, {}, { marathon: mortal(clientOf(fake), 2, 'after') }).catch(
    () => undefined,
  )
  fake.tick(1000)
  const { result, events } = await deploys(fake, { id: '/web', to: 'v1' })
  assert.equal([result.outcome, fake.healthy('v1').length, fake.least], ['live', 4, 4])
  assert.ok(events.some((event) => event.event === 'resuming'))
})

test('no scaling while a way back is half done', async ({ fake }) => {
  started(fake, app('v1'))
  await deploys(fake, { app: app('v2', 'sick') }, {}, { marathon: mortal(clientOf(fake), 2, 'after') }).catch(
    () => undefined,
  )
  fake.tick(1000)
  const { result } = await scales(fake, 6)
  assert.match(
    result.reason ?? '',
    /^a rollback to v1 was left unfinished: complete it first, with provision deploy --to v1 \/web$/,
  )
})

// The way from Marathon to the HAProxies.
const DENIED = 'slave-1: registrar: the Consul agent cannot be asked: 403'
for (const [what, broken, wanted, options, outcome] of [
  ['refuses every registration', [[DENIED]], app('v2'), {}, 'refused'],
  ['… which is accepted', [[DENIED]], app('v2'), { allow: ['lb-chain'] }, 'live'],
  ['… and the app is not behind them', [[DENIED]], app('v2', 'good', { labels: {} }), {}, 'live'],
  ['was just started, and is well in a moment', [[DENIED], [DENIED], []], app('v2'), {}, 'live'],
] as const) {
  test(`a registrar ${what}: ${outcome}`, async ({ fake }) => {
    started(fake, app('v1'))
    const looks = [...broken]
    const more = { broken: async () => (looks.length > 1 ? looks.shift() : looks[0]) ?? [] }
    const { result } = await deploys(fake, { app: wanted }, options, more)
    assert.is(result.outcome, outcome, result.reason)
    if (outcome !== 'refused') return
    assert.equal(writes(fake), [])
    assert.ok(result.reason?.includes(`\n${DENIED}\nMend that first`), result.reason)
  })
}

// Others.
test('a deployment that is under way is named, and Marathon is not asked to change anything', async ({ fake }) => {
  started(fake, app('v1'))
  await clientOf(fake).put('/web', app('v2', 'sick').definition)
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
  await clientOf(fake).put('/web', app('v2').definition)
  const { result, events } = await deploys(fake, { app: app('v3') }, { wait: true })
  assert.equal([result.outcome, result.from, fake.healthy('v3').length, fake.least], ['live', 'v2', 4, 4])
  assert.is(events.filter((event) => event.event === 'waiting').length, 1)
})

test('… or ended, by going back from it', async ({ fake }) => {
  started(fake, app('v1'))
  await clientOf(fake).put('/web', app('v2', 'sick').definition)
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
    if (++slept === 3) await clientOf(fake).put('/web', app('v9').definition, { force: true })
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
    void clientOf(fake).put('/web', app('v9').definition, { force: true })
    return undefined
  }
  const { result } = await deploys(fake, { app: app('v2', 'sick') })
  assert.match(result.reason ?? '', /v1 is not back yet .*\/web has meanwhile been changed by somebody else/)
  fake.tick(30_000)
  assert.is(fake.healthy('v9').length, 4)
})

test('somebody else begins while the image is brought', async ({ fake }) => {
  started(fake, app('v1'))
  const slaves = [{ host: 'slave-1', image: async () => void (await clientOf(fake).put('/web', app('v9').definition)) }]
  const refused = await deploys(fake, { app: app('v2') }, {}, { slaves })
  assert.match(refused.result.reason ?? '', /^the deployment .* is under way/)
  fake.tick(30_000)
  const slow = [{ host: 'slave-1', image: async () => void (await clientOf(fake).put('/web', app('v8').definition)) }]
  const { result } = await deploys(fake, { app: app('v2') }, { wait: true }, { slaves: slow })
  assert.equal([result.outcome, fake.healthy('v2').length], ['live', 4])
})

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

// Older versions.
test('back to an older version, by its name or its timestamp', async ({ fake }) => {
  started(fake, app('v1'))
  const first = fake.current.version
  await deploys(fake, { app: app('v2') })
  await scales(fake, 6)
  const { result } = await deploys(fake, { id: '/web', to: 'v1' })
  assert.equal([result.outcome, result.from, result.to, fake.healthy('v1').length], ['live', 'v2', 'v1', 6])
  await deploys(fake, { id: '/web', to: 'v2' })
  await deploys(fake, { id: '/web', to: first })
  assert.is(fake.healthy('v1').length, 6)
})

test('a version that there is not', async ({ fake }) => {
  started(fake, app('v1'))
  await deploys(fake, { app: app('v2') })
  const { result } = await deploys(fake, { id: '/web', to: 'v7' })
  assert.equal([result.outcome, result.reason], ['refused', 'Marathon has no version v7 of /web; it keeps v1'])
})

test('the version that it is already', async ({ fake }) => {
  started(fake, app('v1'))
  assert.is((await deploys(fake, { id: '/web', to: 'v1' })).result.outcome, 'unchanged')
})

// What is refused before anything is sent.
test('an app that would deadlock is refused, unless that is waived', async ({ fake }) => {
  started(fake, app('v1'))
  const wrong = app('v2', 'good', { constraints: [['rack', 'GROUP_BY', '2']] })
  const { result } = await deploys(fake, { app: wrong })
  assert.equal([result.outcome, result.exitCode, writes(fake)], ['refused', 1, []])
  assert.match(result.reason ?? '', /^constraints\[0\] {2}GROUP_BY breaks Marathon.*\(--allow group-by\)$/)
  const waived = await deploys(fake, { app: wrong }, { allow: ['group-by'] })
  assert.equal(
    [waived.result.outcome, waived.result.findings.map(({ name, level }) => `${name} ${level}`)],
    ['live', ['group-by warn']],
  )
})

test('an older version that would deadlock is refused, too; what else is wrong with it is not', async ({ fake }) => {
  const limited = {
    constraints: [['hostname', 'MAX_PER', '2']],
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
  }
  started(fake, app('v1', 'good', limited))
  const slaves = ['slave-1', 'slave-2'].map((host) => ({ host, image: async () => undefined }))
  await deploys(fake, { app: app('v2') }, {}, { slaves })
  const before = writes(fake).length
  const { result } = await deploys(fake, { id: '/web', to: 'v1' }, {}, { slaves })
  assert.equal([result.outcome, writes(fake).length], ['refused', before])
  assert.match(
    result.reason ?? '',
    /^constraints {2}all 4 places \(2 slaves, at most 2 on each\) are taken[^\n]*\(--allow deadlock\)$/,
  )
})

// Other apps.
const other = (id: string, labels: object): object => ({
  id,
  instances: 1,
  version: 'v',
  labels: { 'lb.enable': 'true', ...labels },
  container: { portMappings: [{ containerPort: 80 }] },
  tasks: [],
})
const fronts = [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [] }]

test('an app that would take another one offline is refused before anything is sent', async ({ fake }) => {
  fake.others = [other('/shop', {})]
  const { result } = await deploys(
    fake,
    { app: app('v1', 'good', { labels: { 'lb.enable': 'true', 'lb.host': 'a.example' } }) },
    {},
    { fronts },
  )
  assert.equal([result.outcome, result.exitCode, writes(fake)], ['refused', 1, []])
  assert.match(result.reason ?? '', /^labels\["lb\.enable"\] {2}\/shop has no lb\.host.*\(--allow lb-clash\)$/)
})

test('an older version, or one of no tasks, that another app has replaced meanwhile', async ({ fake }) => {
  const labels = { labels: { 'lb.enable': 'true', 'lb.host': 'a.example' } }
  started(fake, app('v1', 'good', labels))
  await deploys(
    fake,
    { app: app('v2', 'good', { labels: { 'lb.enable': 'true', 'lb.host': 'b.example' } }) },
    {},
    { fronts },
  )
  fake.others = [other('/shop', { 'lb.host': 'a.example' })]
  const back = await deploys(fake, { id: '/web', to: 'v1' }, {}, { fronts })
  assert.match(back.result.reason ?? '', /^labels\["lb\.host"\] {2}a\.example already belongs to \/shop/)
  fake.others = []
  await scales(fake, 0)
  fake.others = [other('/shop', { 'lb.host': 'b.example' })]
  const up = await scales(fake, 2, {}, { fronts })
  assert.equal([up.result.outcome, up.result.reason?.includes('b.example already belongs to /shop')], ['refused', true])
})

test('an image that a slave cannot get keeps everything as it is', async ({ fake }) => {
  started(fake, app('v1'))
  const slaves = [
    { host: 'slave-1', image: async () => undefined },
    { host: 'slave-2', image: () => Promise.reject(new Error('manifest unknown')) },
  ]
  const { result } = await deploys(fake, { app: app('v2') }, {}, { slaves })
  assert.equal([result.outcome, writes(fake)], ['refused', []])
  assert.is(result.reason, 'slave-2 cannot get web:v2: manifest unknown\nNothing was sent to Marathon.')
})

for (const [image, registries, says] of [
  ['reg.example.com/web:v2', ['other.example.com'], '\nvars.docker.registries has no login for reg.example.com.'],
  ['reg.example.com/web:v2', ['reg.example.com'], ''],
  ['10.0.0.5:5000/web:v2', undefined, '\nvars.docker.registries has no login for 10.0.0.5:5000.'],
  ['team/web:v2', [], ''],
] as const)
  test(`a registry that may want a login: ${image}, ${registries}`, async ({ fake }) => {
    started(fake, app('v1'))
    const slaves = ['slave-1', 'slave-2'].map((host) => ({
      host,
      ...(registries === undefined ? {} : { registries }),
      image: () => Promise.reject(new Error('unauthorized')),
    }))
    const container = { type: 'DOCKER', docker: { image }, portMappings: [{ containerPort: 3000 }] }
    const { result } = await deploys(fake, { app: app('v2', 'good', { container }) }, {}, { slaves })
    const each = slaves.map(({ host }) => `${host} cannot get ${image}: unauthorized`).join('\n')
    assert.is(result.reason, `${each}${says}\nNothing was sent to Marathon.`)
  })

test('a slave that cannot be reached holds nobody up', async ({ fake }) => {
  started(fake, app('v1'))
  const gone = Object.assign(new Error('10.0.0.22:22 did not answer'), { name: 'TransportError' })
  const { result, events } = await deploys(
    fake,
    { app: app('v2') },
    {},
    { slaves: [{ host: 'slave-2', image: () => Promise.reject(gone) }] },
  )
  assert.is(result.outcome, 'live')
  assert.ok(events.some((event) => event.event === 'image' && event.state === 'unreachable'))
})

// HAProxies.
const UP = { status: 'UP', up: true, passes: true }
const DOWN = { status: 'DOWN', up: false, passes: false }
/** HAProxies that know what was so `lag` milliseconds ago. */
function balancers(fake: FakeMarathon, lag: number, status: () => number = () => 200): readonly Balancer[] {
  const past: { readonly at: number; readonly servers: Backend['servers'] }[] = []
  return fake.hosts.map((host, n) => ({
    host: `slave-${n + 1}`,
    hostnames: [host],
    stats: async () => {
      const servers = fake
        .healthy()
        .map((i) => ({ name: serverOf(`web.instance-${i.uuid}._app.${i.start}`, i.of.definition as never), ...UP }))
      past.push({ at: fake.now, servers })
      const seen = past.findLast(({ at }) => at <= fake.now - lag) ?? (past[0] as (typeof past)[number])
      return [{ name: 'be_web', servers: seen.servers }]
    },
    connect: async () => 'held' as const,
    get: async () => status(),
  }))
}

test('every HAProxy is asked, and waited for', async ({ fake }) => {
  started(fake, app('v1'))
  const two = balancers(fake, 3000)
  await Promise.all(two.map((each) => each.stats()))
  const { result, events } = await deploys(fake, { app: app('v2') }, {}, { balancers: two })
  assert.is(result.outcome, 'live')
  assert.ok((result.probes?.asked ?? 0) >= 10)
  assert.is(result.probes?.failed, 0)
  const serving = events.filter((event) => event.event === 'serving')
  assert.equal(serving.map((event) => event.event === 'serving' && [event.host, event.ok, event.says]).sort(), [
    ['slave-1', true, 'sends to 2 of 2 tasks on its slave'],
    ['slave-2', true, 'sends to 2 of 2 tasks on its slave'],
  ])
})

test('a HAProxy that does not follow is named', async ({ fake }) => {
  started(fake, app('v1'))
  const two = balancers(fake, 1e9)
  await Promise.all(two.map((each) => each.stats()))
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: two })
  assert.equal([result.outcome, result.exitCode], ['unserved', 1])
  assert.match(
    result.reason ?? '',
    /^v2 is live, but\nslave-1: its HAProxy does not know 2 of 2 tasks on its slave yet\nslave-2: /,
  )
})

test('a HAProxy that cannot be asked is named', async ({ fake }) => {
  started(fake, app('v1'))
  const mute = balancers(fake, 0).map((each) => ({
    ...each,
    stats: () => Promise.reject(new Error("HAProxy's statistics answered 401")),
  }))
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: mute })
  assert.match(result.reason ?? '', "\nslave-1: its HAProxy cannot be asked: HAProxy's statistics answered 401\n")
})

test('requests that fail meanwhile are counted', async ({ fake }) => {
  started(fake, app('v1'))
  let n = 0
  const two = balancers(fake, 0, () => (++n === 6 ? 503 : 200))
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: two })
  assert.equal([result.probes?.failed, result.probes?.first], [1, 'slave-2 answers 503 to GET /healthz'])
})

test('an app over TCP is asked by a connection to its port, and taken back where it takes none', async ({ fake }) => {
  const pg = { labels: { 'lb.enable': 'true', 'lb.tcp': '5432' } }
  const known = { fronts: [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [5432] }] }
  const asked = new Set<number>()
  const tcp = (bad?: string) =>
    balancers(fake, 0).map((each) => ({
      ...each,
      get: () => Promise.reject(new Error('it speaks no HTTP')),
      connect: async (port: number) => {
        asked.add(port)
        const old = fake.healthy().length > fake.healthy(bad ?? '').length
        return old || bad === undefined ? ('held' as const) : ('closed' as const)
      },
    }))
  started(fake, app('v1', 'good', pg))
  const live = await deploys(fake, { app: app('v2', 'good', pg) }, {}, { ...known, balancers: tcp() })
  assert.equal([live.result.outcome, live.result.probes?.failed, [...asked]], ['live', 0, [5432]])
  const back = await deploys(fake, { app: app('v3', 'good', pg) }, {}, { ...known, balancers: tcp('v3') })
  assert.equal([back.result.outcome, back.result.back?.done], ['failed', true])
  assert.match(back.result.reason ?? '', /slave-1: its HAProxy closes connections to port 5432 at once/)
  const refused = await deploys(fake, { app: app('v4', 'good', pg) }, {}, { fronts })
  assert.match(refused.result.reason ?? '', /^labels\["lb\.tcp"\] {2}5432 is not among .*\(--allow lb-tcp\)$/)
})

/** HAProxies whose checks tasks of a version fail: once only those are left, nobody answers. */
const checking = (fake: FakeMarathon, sick: string): readonly Balancer[] =>
  balancers(fake, 0).map((each) => ({
    ...each,
    stats: async () => {
      const server = (i: (typeof fake.instances)[number]) => ({
        name: serverOf(`web.instance-${i.uuid}._app.${i.start}`, i.of.definition as never),
        ...(i.of.definition.env?.VERSION === sick ? DOWN : UP),
      })
      return [{ name: 'be_web', servers: fake.healthy().map(server) }]
    },
    connect: async () => 'held' as const,
    get: async () => (fake.healthy().some((i) => i.of.definition.env?.VERSION !== sick) ? 200 : 503),
  }))
/** The least number of healthy tasks of a version while time goes by. */
function counting(
  fake: FakeMarathon,
  version: string,
): { readonly least: number; readonly sleep: LiveCluster['sleep'] } {
  const seen = { least: Number.POSITIVE_INFINITY }
  return Object.assign(seen, {
    sleep: async (ms: number) => {
      fake.tick(ms)
      seen.least = Math.min(seen.least, fake.healthy(version).length)
    },
  })
}

test('a version that HAProxy finds down is stopped while old tasks serve, and taken back', async ({ fake }) => {
  started(fake, app('v1'))
  const v1 = counting(fake, 'v1')
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: checking(fake, 'v2'), sleep: v1.sleep })
  assert.equal(
    [result.outcome, result.exitCode, result.back, result.probes?.failed],
    ['failed', 1, { done: true, healthy: 4, of: 4 }, 0],
  )
  assert.match(result.reason ?? '', /^HAProxy finds .* down that Marathon calls healthy.*\nv1 serves again/s)
  assert.ok(v1.least >= 1, `${v1.least}`)
  assert.equal([fake.healthy('v1').length, fake.instances.length], [4, 4])
})

test('a version that is back and gets no requests is not said to serve', async ({ fake }) => {
  started(fake, app('v1'))
  const isBack = () => fake.log.requests.some((request) => request.startsWith('POST'))
  const { result } = await deploys(
    fake,
    { app: app('v2', 'sick') },
    {},
    { balancers: balancers(fake, 0, () => (isBack() ? 503 : 200)) },
  )
  assert.is(result.outcome, 'failed')
  assert.match(result.reason ?? '', /\nv1 runs again \(4 of 4 healthy\), but slave-1 answers 503 to GET \/healthz\.$/)
})

test('one that is live before HAProxy has found it down is taken back, too', async ({ fake }) => {
  started(fake, app('v1', 'good', { instances: 1 }))
  const { result } = await deploys(
    fake,
    { app: app('v2', 'good', { instances: 1 }) },
    {},
    { balancers: checking(fake, 'v2') },
  )
  assert.equal([result.outcome, result.back?.done, fake.healthy('v1').length], ['failed', true, 1])
})

test('where HAProxy finds the old ones down as well, its host is too busy for checks: nothing is concluded', async ({
  fake,
}) => {
  started(fake, app('v1'))
  const busy = checking(fake, 'v2').map((each) => ({
    ...each,
    stats: async () =>
      (await each.stats()).map((backend) => ({
        ...backend,
        servers: backend.servers.map((one) => ({ ...one, ...DOWN })),
      })),
    connect: async () => 'held' as const,
    get: async () => 200,
  }))
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: busy })
  assert.equal([result.outcome, fake.healthy('v2').length], ['unserved', 4])
})

const shop = (version = 'v') => ({
  ...other('/shop', { 'lb.host': 'shop.example' }),
  version,
  tasks: [{ id: 's', state: 'TASK_RUNNING' }],
})
/** HAProxies that stop to answer for another app once a version runs. */
const without = (fake: FakeMarathon, version: string): readonly Balancer[] =>
  balancers(fake, 0).map((each) => ({
    ...each,
    connect: async () => 'held' as const,
    get: async ({ host }) => (host === 'shop.example' && fake.healthy(version).length > 0 ? 503 : 200),
  }))

test('another app that is not served any more: it is taken back', async ({ fake }) => {
  started(fake, app('v1'))
  fake.others = [shop()]
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: without(fake, 'v2') })
  assert.equal([result.outcome, result.back?.done, fake.healthy('v1').length], ['failed', true, 4])
  assert.match(
    result.reason ?? '',
    /^with v2\n\/shop is no longer served by the HAProxy of slave-1, slave-2 \(GET \/, Host: shop\.example\)\.\nv1 serves again/,
  )
})

test('… unless somebody else is at it, or it was not served before', async ({ fake }) => {
  started(fake, app('v1'))
  fake.others = [shop()]
  const changed = without(fake, 'v2').map((each) => ({
    ...each,
    connect: async () => 'held' as const,
    get: async (entrance: Parameters<Balancer['get']>[0]) => {
      const status = await each.get(entrance)
      if (status === 503) fake.others = [shop('w')]
      return status
    },
  }))
  assert.is((await deploys(fake, { app: app('v2') }, {}, { balancers: changed })).result.outcome, 'live')
  const never = balancers(fake, 0).map((each) => ({
    ...each,
    connect: async () => 'held' as const,
    get: async ({ host }: { host: string }) => (host === 'shop.example' ? 503 : 200),
  }))
  assert.is((await deploys(fake, { app: app('v3') }, {}, { balancers: never })).result.outcome, 'live')
})

// Scaling.
test('up and down: no other task is touched', async ({ fake }) => {
  started(fake, app('v1'))
  const before = fake.instances.map(({ uuid }) => uuid)
  const up = await scales(fake, 6)
  assert.equal([up.result.outcome, fake.healthy().length, fake.log.killed.length], ['live', 6, 0])
  const down = await scales(fake, 4)
  assert.equal([down.result.outcome, fake.healthy().length], ['live', 4])
  assert.equal(fake.instances.map(({ uuid }) => uuid).sort(), before.sort())
  assert.is((await scales(fake, 4)).result.outcome, 'unchanged')
  assert.equal([(await scales(fake, 0)).result.outcome, fake.instances.length], ['live', 0])
})

const agents = (cpus: number): LiveCluster['agents'] => {
  const one = (host: string) => ({ host, attributes: {}, free: { cpus, mem: 4096, disk: 4096 } })
  return async () => ['10.0.0.21', '10.0.0.22'].map(one)
}
test('more than there is room for', async ({ fake }) => {
  started(fake, app('v1', 'good', { cpus: 0.5 }))
  const { result } = await scales(fake, 10, {}, { agents: agents(1) })
  assert.equal([result.outcome, writes(fake)], ['refused', []])
  assert.match(
    result.reason ?? '',
    /^2 slaves have room for 4 more tasks \(cpus 0\.5, mem 128 each\), not for 6: .*at most 8/,
  )
  assert.is((await scales(fake, 8, {}, { agents: agents(1) })).result.outcome, 'live')
})

test('a scaling that is stuck is not taken back: that would stop tasks that run', async ({ fake }) => {
  started(fake, app('v1'))
  fake.full = true
  const { result } = await scales(fake, 6, { deadline: 20 })
  assert.equal([result.outcome, result.back, fake.least], ['failed', undefined, 4])
  assert.match(
    result.reason ?? '',
    /^only 4 of 6 tasks of v1 are healthy.*Marathon goes on trying: a lower number would stop tasks that run/,
  )
})

test('an app that there is not', async ({ fake }) => {
  assert.is((await scales(fake, 4)).result.reason, 'there is no app /web')
})

test.run()
