import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FakeMarathon } from '../../support/fake-marathon.ts'
import { Died, mortal } from '../../support/mortal.ts'
import { app, type Ctx, clientOf, deploys, onFakes, scales, started, writes } from './ground.ts'

const test = suite<Ctx>('deploy: the tool dies')
onFakes(test)

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

test.run()
