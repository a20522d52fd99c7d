import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Events } from '../../contract/marathon/events.ts'
import { send } from '../../contract/send.ts'
import { type Place, withPlace } from '../../standins/marathon/sim/place.ts'
import type { Started } from '../../standins/marathon/sim/process.ts'
import { until } from '../../support/until.ts'

const test = suite('marathon stand-in: leader and standby')

const json = { 'content-type': 'application/json' }
const get = (address: string, path: string) => send(address, { method: 'GET', path })

interface Known {
  readonly tasks: readonly { readonly id: string; readonly state: string }[]
  readonly deployments: readonly { readonly id: string }[]
}

const app = async (address: string, id: string): Promise<Known> =>
  JSON.parse((await get(address, `/v2/apps${id}`)).body).app
const ids = ({ tasks }: Known): string[] => tasks.map(({ id }) => id).sort()

/** Two apps: one that runs, one that never fits, whose deployment waits. */
const withApps = async ({ address }: Started): Promise<string[]> => {
  const definition = { cmd: 'sleep 1000', cpus: 0.1, mem: 32 }
  const apps = [
    { ...definition, id: '/web', instances: 2 },
    { ...definition, id: '/wide', cpus: 1000 },
  ]
  for (const one of apps)
    await send(address, { method: 'POST', path: '/v2/apps', headers: json, body: JSON.stringify(one) })
  await until('they run', async () => {
    const { tasks, deployments } = await app(address, '/web')
    return deployments.length === 0 && tasks.length === 2 && tasks.every(({ state }) => state === 'TASK_RUNNING')
  })
  return ids(await app(address, '/web'))
}

const leads = (one: Started) => async (): Promise<boolean> => {
  const answer = await get(one.address, '/v2/leader').catch(() => undefined)
  return answer?.status === 200 && JSON.parse(answer.body).leader === one.address
}

test('a standby hands everything on, but for events', () =>
  withPlace(async ({ start }) => {
    const [leader, standby] = [await start(), await start()]
    for (const { address } of [leader, standby]) {
      const { status, headers = {} } = await get(address, '/v2/leader')
      assert.is(status, 200)
      assert.is(headers['x-marathon-leader'], `http://${leader.address}`)
      const handedOn = address === standby.address
      assert.is(headers['x-marathon-via'], handedOn ? `1.1 ${standby.address}` : undefined)
      assert.is(headers.expires, handedOn ? 'Wed, 01 Jan 1800 00:00:00 GMT' : '0')
    }
    const events = await send(standby.address, {
      method: 'GET',
      path: '/v2/events',
      headers: { accept: 'text/event-stream' },
    })
    assert.equal([events.status, events.headers?.location], [302, `http://${leader.address}/v2/events`])
    const unknown = await get(standby.address, '/v2/nothing')
    assert.equal([unknown.status, unknown.body], [500, '{"message":"URI not found"}'])
  }))

const takesOver = async (
  { mesos, start }: Place,
  flags: readonly string[],
  goes: (leader: Started, standby: Started) => unknown,
): Promise<void> => {
  const all = ['--reconciliation_initial_delay', '500', ...flags]
  const [leader, standby] = [await start(all), await start(all)]
  const before = await withApps(leader)
  const [info] = mesos.frameworks as { id?: object; failover_timeout: number }[]
  assert.equal([mesos.frameworks.length, info?.id, info?.failover_timeout], [1, undefined, 604_800])
  await goes(leader, standby)
  await leader.ended
  await until('the other leads', leads(standby))
  const events = new Events(standby.address)
  await until('it has registered', () => mesos.frameworks.length === 2)
  assert.equal((mesos.frameworks[1] as { id?: object }).id, { value: 'sim-0000' })
  assert.equal(ids(await app(standby.address, '/web')), before, 'the same tasks')
  const asked = () =>
    mesos.calls.some(
      (call) =>
        call.type === 'RECONCILE' && before.every((id) => call.reconcile.tasks.some((t) => t.task_id.value === id)),
    )
  await until('it has asked Mesos for them', asked)
  const info2 = JSON.parse((await get(standby.address, '/v2/info')).body)
  assert.equal([info2.frameworkId, info2.elected], ['sim-0000', true])
  await until('it tells what happens', () => events.seen.length > 0)
  events.close()
}

test('another one takes over what the one had that abdicates, asked through the other', () =>
  withPlace((place) =>
    takesOver(place, [], async (_, { address }) => {
      const { status, body } = await send(address, { method: 'DELETE', path: '/v2/leader' })
      assert.equal([status, body], [200, '{"message":"Leadership abdicated","details":[]}'])
    }),
  ))

test('another one takes over from one that is killed, when its session has expired', () =>
  withPlace((place) => takesOver(place, ['--zk_session_timeout', '15000'], ({ process }) => process.kill('SIGKILL'))))

test('one that comes back alone has it all', () =>
  withPlace(async ({ start }) => {
    const first = await start()
    const before = await withApps(first)
    first.process.kill('SIGTERM')
    await first.ended
    const second = await start()
    assert.equal(ids(await app(second.address, '/web')), before)
  }))

test('while nobody leads a standby has nothing to say', () =>
  withPlace(async ({ zookeeper, start }) => {
    const [leader, standby] = [await start(['--zk_session_timeout', '4000']), await start()]
    const expires = zookeeper.holdSessions()
    leader.process.kill('SIGKILL')
    await leader.ended
    const answers: number[] = []
    await until('it leads', async () => {
      const { status, body } = await get(standby.address, '/ping')
      if (status !== 200) assert.is(body, '')
      answers.push(status)
      expires()
      return status === 200
    })
    assert.is(answers[0], 502)
    assert.equal([...new Set(answers)], [502, 500, 200])
  }))

test.run()
