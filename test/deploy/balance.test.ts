import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Agent } from '../../src/deploy/agents.ts'
import { balancing } from '../../src/deploy/balance/balancing.ts'
import type { DeployOptions } from '../../src/deploy/deploy.ts'
import type { DeployEvent, DeployResult } from '../../src/deploy/events.ts'
import type { LiveCluster } from '../../src/deploy/live-cluster.ts'
import { runProcedure } from '../../src/deploy/run-procedure.ts'
import { deployEnd, plainDeploy } from '../../src/report/deploy/lines.ts'
import { Simulated, serving } from '../support/simulated.ts'

const test = suite('deploy: balance')

const agent = (host: string, cpus = 4, attributes: Readonly<Record<string, string>> = {}): Agent => ({
  host,
  attributes,
  free: { cpus, mem: 4096, disk: 1000 },
})

const WEB = {
  id: '/web',
  cmd: 'exec x',
  cpus: 0.1,
  instances: 4,
  env: { MODE: 'ok', VERSION: '1.0' },
  healthChecks: [{ protocol: 'MESOS_HTTP', path: '/health', intervalSeconds: 1, timeoutSeconds: 1 }],
  taskKillGracePeriodSeconds: 20,
}

/** A simulation with these agents, and the gates in front of them. */
class Place extends Simulated {
  readonly events: DeployEvent[] = []
  readonly hosts: readonly string[]
  /** @param killing does Marathon hear that a task is being killed? */
  constructor(hosts: readonly string[], killing = true) {
    const features = killing ? (['task_killing'] as const) : []
    super({ agents: hosts.map((host) => ({ host, attributes: {} })), settings: { features } })
    this.sim.mesos.killing = killing
    this.hosts = hosts
  }
  async balances(
    more: Partial<LiveCluster> = {},
    { check = false, ...options }: Omit<DeployOptions, 'transport'> & { check?: boolean } = {},
  ): Promise<DeployResult> {
    const { closed } = this.sim.mesos
    const gates = {
      agents: async () => this.hosts.map((host) => agent(host)),
      close: async (host: string) => void closed.add(host),
      open: async (host: string) => void closed.delete(host),
    }
    const cluster = this.liveCluster({ gates, ...more })
    const run = runProcedure(cluster, '/web', (given, named) => balancing(given, '/web', check, named), {
      deadline: 30,
      ...options,
    })
    for await (const event of run) this.events.push(event)
    return run.result
  }
  /** How many tasks each host has that have not been told to end. */
  get spread(): string {
    const on = (host: string) =>
      [...this.sim.mesos.tasks.values()].filter((each) => each.agent === `S-${host}` && each.dead === undefined).length
    return this.hosts.map(on).join(' ')
  }
  scale(instances: number): void {
    this.sim.request('PUT', '/v2/apps//web', { instances })
    this.sim.run(20_000)
  }
}

/** Four healthy tasks of an app, all on the first host. */
const at = (
  hosts: readonly string[],
  work: (place: Place, since: number) => Promise<void>,
  { killing = true, env = {} } = {},
): Promise<void> =>
  serving(new Place(hosts, killing), async (place) => {
    assert.is(place.sim.request('POST', '/v2/apps', { ...WEB, env: { ...WEB.env, ...env } }).status, 201)
    place.sim.run(30_000)
    assert.is(place.spread, ['4', ...hosts.slice(1).map(() => '0')].join(' '))
    await work(place, place.sim.now)
  })

test('four tasks on one of two slaves: two move, and four serve all the time', () =>
  at(['a', 'b'], async (place, since) => {
    const result = await place.balances()
    assert.equal([result.outcome, result.exitCode, place.spread], ['balanced', 0, '2 2'], result.reason)
    assert.equal(
      place.events.flatMap((e) => (e.event === 'moved' ? [`${e.from}${e.to}`] : [])),
      ['ab', 'ab'],
    )
    assert.ok(place.sim.least(since) >= 4)
    assert.is(place.sim.mesos.closed.size, 0)
    const look = { columns: 100, unicode: true, colour: false } as const
    assert.equal(
      place.events
        .filter(({ event }) => event !== 'sent')
        .flatMap(plainDeploy(look))
        .slice(0, 3),
      ['/web   1.0, 4 instances', '    tasks      4 on a', '  ~ move       2 tasks from a to b'],
    )
    assert.equal(deployEnd({ ...result, ms: 1000 }, look), ['The 4 tasks of /web are balanced after 1.0 s.'])
    const again = await place.balances()
    assert.equal([again.outcome, place.spread], ['level', '2 2'])
  }))

test('what would be moved is shown, and nothing is changed', () =>
  at(['a', 'b', 'c'], async (place) => {
    const result = await place.balances({}, { check: true })
    assert.equal([result.outcome, result.exitCode, place.spread], ['uneven', 2, '4 0 0'])
    const told = place.events.find((e) => e.event === 'balance')
    assert.equal(told?.event === 'balance' && told.moves.map(({ from, to }) => `${from}${to}`), ['ac', 'ab'])
  }))

test('a task that starts where it is of no use goes again, and the next one starts elsewhere', () =>
  at(['a', 'b', 'c'], async (place, since) => {
    place.sim.mesos.closed.add('a')
    place.scale(7)
    place.sim.mesos.closed.clear()
    assert.is(place.spread, '4 3 0')
    const result = await place.balances()
    assert.equal([result.outcome, place.spread], ['balanced', '2 3 2'], result.reason)
    assert.ok(place.sim.least(since) >= 4)
    assert.is(place.sim.mesos.closed.size, 0)
  }))

test('stopped at any moment, the app has as many tasks as before, and all slaves are open', async () => {
  for (let n = 1; n <= 14; n++)
    await at(['a', 'b'], async (place, since) => {
      const stop = new AbortController()
      let slept = 0
      const sleep = async (ms: number): Promise<void> => {
        place.sim.run(ms)
        if (++slept === n) stop.abort()
      }
      const { outcome, reason } = await place.balances({ sleep }, { signal: stop.signal })
      assert.is(outcome, slept >= n ? 'left' : 'balanced', `${n}: ${reason}`)
      place.sim.run(30_000)
      assert.is(place.sim.instances('/web').length, 4, `${n}`)
      assert.ok(place.sim.least(since) >= 4, `${n}: ${place.sim.least(since)} served`)
      assert.is(place.sim.mesos.closed.size, 0, `${n}`)
    })
})

test('the leader changes at any moment: it goes on', async () => {
  for (const n of [1, 2, 3, 5])
    await at(['a', 'b'], async (place, since) => {
      let slept = 0
      const sleep = async (ms: number): Promise<void> => {
        place.sim.run(ms)
        if (++slept === n) place.sim.failover()
      }
      const result = await place.balances({ sleep }, { deadline: 120 })
      assert.equal([result.outcome, place.spread], ['balanced', '2 2'], `${n}: ${result.reason}`)
      assert.ok(place.sim.least(since) >= 4, `${n}: ${place.sim.least(since)} served`)
    })
})

for (const killing of [true, false])
  test(`an answer to any change is lost: it is not made twice${killing ? '' : ', though the killed task seems to run'}`, async () => {
    for (let n = 1; n <= 4; n++)
      await at(
        ['a', 'b'],
        async (place, since) => {
          let changes = 0
          place.loses = (request) => !request.startsWith('GET') && ++changes === n
          const result = await place.balances()
          assert.equal([result.outcome, place.spread], ['balanced', '2 2'], `${n}: ${result.reason}`)
          place.sim.run(30_000)
          assert.is(place.sim.instances('/web').length, 4, `${n}`)
          assert.ok(place.sim.least(since) >= 4, `${n}: ${place.sim.least(since)} served`)
        },
        { killing, env: { GRACE: '6000' } },
      )
  })

test('no slave takes the additional task: it is taken back, and said', () =>
  at(['a', 'b'], async (place) => {
    const none = async (): Promise<void> => {
      for (const host of place.hosts) place.sim.mesos.closed.add(host)
    }
    for (const [opens, says, left] of [
      [true, /^waited 30 s for one more healthy task/, 4],
      [false, /^No slave has room for its additional task, .* it has 5 now, of which one waits$/, 5],
    ] as const) {
      const open = async (): Promise<void> => {
        if (opens) place.sim.mesos.closed.clear()
      }
      const gates = { agents: async () => place.hosts.map((host) => agent(host)), close: none, open }
      const result = await place.balances({ gates })
      assert.is(result.outcome, 'failed')
      assert.match(result.reason ?? '', says)
      place.sim.run(20_000)
      assert.equal([place.spread, place.sim.instances('/web').length], ['4 0', left])
    }
  }))

test('somebody else scales the app meanwhile: their number stays', () =>
  at(['a', 'b'], async (place) => {
    let slept = 0
    const sleep = async (ms: number): Promise<void> => {
      if (++slept === 1) place.sim.request('PUT', '/v2/apps//web?force=true', { instances: 6 })
      place.sim.run(ms)
    }
    const result = await place.balances({ sleep })
    assert.equal([result.outcome, result.reason], ['failed', 'somebody else has changed it meanwhile'])
    place.sim.run(30_000)
    assert.is(place.sim.instances('/web').length, 6)
  }))

test('a slave that cannot be opened again is said, with what to do', () =>
  at(['a', 'b'], async (place) => {
    const gates = {
      agents: async () => place.hosts.map((host) => agent(host)),
      close: async (host: string) => void place.sim.mesos.closed.add(host),
      open: async () => {
        throw new Error('slave-1 gets no new tasks until the next run')
      },
    }
    const result = await place.balances({ gates })
    assert.equal([result.outcome, result.reason], ['failed', 'slave-1 gets no new tasks until the next run'])
  }))

for (const [what, more, says] of [
  ['there is no such app', { marathon: undefined }, /^there is no app \/web$/],
  ['Mesos does not say', {}, /^the Mesos masters do not say/],
] as const)
  test(`refused: ${what}`, () =>
    serving(new Place(['a', 'b']), async (place) => {
      if (!('marathon' in more)) {
        place.sim.request('POST', '/v2/apps', WEB)
        place.sim.run(30_000)
      }
      const gates = { agents: async () => undefined, close: async () => {}, open: async () => {} }
      const result = await place.balances({ gates })
      assert.is(result.outcome, 'refused')
      assert.match(result.reason ?? '', says)
    }))

test.run()
