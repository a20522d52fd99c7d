/**
 * How a host's tasks are moved before it is interrupted, and how it is brought back: against a cluster that is played.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bringBack, type Patience, takeOut } from '../../recipes/mesos-agent/drain.ts'
import { longestGrace, moveOf, roomElsewhere } from '../../recipes/mesos-agent/move.ts'
import type { MarathonApp, MarathonTask } from '../../src/index.ts'
import type { Net } from '../../src/model/health.ts'
import type { Turn } from '../../src/model/recipe.ts'
import { app, slave, task } from '../support/apps.ts'
import { fakeNet, type Peers } from '../support/fake-net.ts'
import type { Asked, Said } from '../support/http-peer.ts'
import { clusterOf, SOURCES, stack } from './support.ts'

const test = suite('draining')
const PATIENCE: Patience = { poll: 2, failover: 100, restart: 20, move: 2000, chain: 20, drain: 40, back: 2000 }

for (const [what, of, move] of [
  ['nothing here', app([task('a', 'B'), task('b', 'B')]), { free: true }],
  ['a healthy one elsewhere', app([task('a', 'A'), task('b', 'A'), task('c', 'B')]), { free: true }],
  [
    'one elsewhere that is not healthy yet',
    app([task('a', 'A'), task('b', 'B', { healthy: false })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'one elsewhere of an app without health checks',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined })], { definition: {} }),
    { free: true },
  ],
  [
    'one elsewhere that nobody has checked yet',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'one elsewhere that only Mesos calls healthy',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined, others: { mesos: true } })]),
    { free: true },
  ],
  [
    'one elsewhere that only answers',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined, others: { app: true } })]),
    { free: true },
  ],
  [
    'one elsewhere that Mesos calls sick',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined, others: { mesos: false } })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'one elsewhere that starts',
    app([task('a', 'A'), task('b', 'B', { state: 'TASK_STAGING', healthy: undefined })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  ['all here', app([task('b', 'A'), task('a', 'A')]), { more: true }],
  ['all here, one of them ill', app([task('a', 'A'), task('b', 'A', { healthy: false })]), { kill: 'b' }],
  [
    'all here, one of them on its way',
    app([task('a', 'A'), task('b', 'A', { state: 'TASK_KILLING' })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'all here, one of them to be started elsewhere',
    app([task('a', 'A')], { instances: 2 }),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'all here, one of them ended and to be started elsewhere',
    app([task('a', 'A'), task('b', 'A', { state: 'TASK_KILLED' })], { instances: 2 }),
    { wait: 'a healthy task of /web on another host' },
  ],
  ['its only one here', app([task('a', 'A')]), { alone: true }],
  [
    'all here in a deployment',
    app([task('a', 'A'), task('b', 'A')], { deployments: ['d'] }),
    { wait: 'the deployment of /web to end' },
  ],
  [
    'a deployment of a version that is sick',
    app([task('a', 'A', { healthy: false }), task('b', 'A', { healthy: false })], { deployments: ['d'] }),
    { free: true },
  ],
  [
    'a deployment of a version that starts again and again',
    app([task('a', 'A', { state: 'TASK_STAGING', healthy: undefined as never })], { deployments: ['d'] }),
    { free: true },
  ],
  [
    'a deployment of a version that starts, while the old one ends',
    app(
      [
        task('a', 'A', { state: 'TASK_KILLING' }),
        task('b', 'A', { state: 'TASK_STAGING', healthy: undefined as never }),
      ],
      { deployments: ['d'] },
    ),
    { wait: 'the deployment of /web to end' },
  ],
  [
    'a deployment of a version of which nobody knows how it is',
    app([task('a', 'A', { healthy: undefined as never })], { deployments: ['d'] }),
    { wait: 'the deployment of /web to end' },
  ],
  ['its only one here, which is sick', app([task('a', 'A', { healthy: false })]), { free: true }],
  [
    'a deployment, and a healthy one elsewhere',
    app([task('a', 'A'), task('b', 'B')], { deployments: ['d'] }),
    { free: true },
  ],
] as const) {
  test(`an app with ${what}`, () => assert.equal(moveOf(of as MarathonApp, 'A', true), move))
}

for (const [what, of, move] of [
  ['all here', app([task('b', 'A'), task('a', 'A')]), { stuck: true }],
  ['all here, one of them ill', app([task('a', 'A'), task('b', 'A', { healthy: false })]), { stuck: true }],
  ['all here, one of them ended', app([task('a', 'A')], { instances: 2 }), { stuck: true }],
  ['its only one here', app([task('a', 'A')]), { alone: true }],
  ['a healthy one elsewhere', app([task('a', 'A'), task('b', 'B')]), { free: true }],
] as const) {
  test(`no room elsewhere, and an app with ${what}`, () => assert.equal(moveOf(of as MarathonApp, 'A', false), move))
}

for (const [what, definition, others, room] of [
  ['nobody else', {}, [], false],
  ['another one', { cpus: 0.5, mem: 256 }, [slave('B')], true],
  ['another one that is full', { cpus: 0.5, mem: 1024 }, [slave('B')], false],
  ['another one that is drained, too', {}, [slave('B', { deactivated: true })], false],
  ['another one that is away', {}, [slave('B', { active: false })], false],
  ['a constraint that names this one', { constraints: [['hostname', 'CLUSTER', 'A']] }, [slave('B')], false],
  ['a constraint of one host, whichever', { constraints: [['hostname', 'CLUSTER']] }, [slave('B')], false],
  [
    'a rack that the other one does not have',
    { constraints: [['rack', 'LIKE', 'r1']] },
    [slave('B', { attributes: { rack: 'r2' } })],
    false,
  ],
  ['a rack that it has', { constraints: [['rack', 'LIKE', 'r1']] }, [slave('B', { attributes: { rack: 'r1' } })], true],
  ['one on each host', { constraints: [['hostname', 'UNIQUE']] }, [slave('B')], true],
] as const) {
  test(`room elsewhere: ${what}`, () =>
    assert.is(roomElsewhere(definition, slave('A', { attributes: { rack: 'r1' } }), [slave('A'), ...others]), room))
}

test('the longest grace of what is here', () => {
  const of = (seconds: unknown, agent: string) =>
    app([task('a', agent)], { definition: { taskKillGracePeriodSeconds: seconds } })
  assert.is(longestGrace([of(90, 'A'), of(300, 'B'), of(undefined, 'A')], 'A'), 90)
  assert.is(longestGrace([of(3, 'A')], 'A'), 60)
})

const STARTED = '2026-11-22T10:00:00.000Z'

/** A cluster that is played: one agent A (on s-1), another one B, the apps of a Marathon. */
class World {
  drain: 'DRAINING' | 'DRAINED' | undefined
  deactivated = false
  connected = true
  listed = true
  recovering = 0
  up = true
  masters = true
  marathon = true
  apps: { id: string; instances: number; tasks: MarathonTask[]; deployments: string[] }[] = []
  /** Calls that change something, in order. */
  readonly log: string[] = []
  /** A drain that hangs until it is asked for so many times. */
  drains = 1
  docker = ''
  /** Marathon says nothing of anybody's health. */
  forgets = false
  readonly said: string[] = []
  /** What is started elsewhere never gets healthy. */
  ill = false
  /** A task that is started finds a place. */
  starts = true
  /** Another agent, that takes what is started. */
  other = true
  /** What the registrar of the other slave says of its Consul agent, look by look; the last goes on. */
  consul: readonly string[] = ['']
  /** Who was asked for that. */
  readonly asked: string[] = []

  /**
   * What goes on by itself, whenever Marathon is asked: what was ended starts on B, and is healthy a question later.
   */
  #tick(): void {
    for (const each of this.apps) {
      each.tasks = each.tasks.map((t) => {
        if (t.slaveId === 'B' && t.healthy === undefined) return { ...t, healthy: true }
        const ends = t.state === 'TASK_KILLING' || t.state === 'TASK_KILLED'
        return ends ? task(`${t.id}+`, 'B', { healthy: undefined as never }) : t
      })
    }
  }
  #tasksHere(): number {
    return this.apps.flatMap((each) => each.tasks).filter((t) => t.slaveId === 'A').length
  }
  #master = (asked: Asked): Said => {
    if (asked.path === '/slaves') {
      const { drain, deactivated, connected } = this
      const slave = {
        id: 'A',
        hostname: '10.0.0.21',
        pid: 'slave(1)@10.0.0.21:5051',
        active: connected && !deactivated,
        deactivated,
        ...(drain ? { drain_info: { state: drain } } : {}),
      }
      const other = { id: 'B', hostname: '10.0.0.22', pid: 'slave(1)@10.0.0.22:5051', active: true, deactivated: false }
      return {
        body: { slaves: [...(this.listed ? [slave] : []), ...(this.other ? [other] : [])], recovered_slaves: [] },
      }
    }
    if (asked.path === '/tasks') {
      const id = new URLSearchParams(asked.query).get('task_id')
      const { healthy } = this.apps.flatMap((each) => each.tasks).find((t) => t.id === id) ?? {}
      return {
        body: {
          tasks: [
            { id, statuses: [{ state: 'TASK_RUNNING', timestamp: 1, ...(healthy === undefined ? {} : { healthy }) }] },
          ],
        },
      }
    }
    const { type, drain_agent } = JSON.parse(asked.body)
    this.log.push(drain_agent ? `${type} ${drain_agent.max_grace_period.seconds}` : type)
    if (type === 'DEACTIVATE_AGENT') this.deactivated = true
    if (type === 'DRAIN_AGENT') {
      this.deactivated = true
      this.drain = --this.drains <= 0 ? 'DRAINED' : 'DRAINING'
      if (this.drain === 'DRAINED')
        for (const each of this.apps) each.tasks = each.tasks.filter((t) => t.slaveId !== 'A')
    }
    if (type === 'REACTIVATE_AGENT') {
      if (!this.deactivated) return { status: 400, body: 'Agent is not deactivated' }
      if (this.drain === 'DRAINING') return { status: 400, body: 'Agent is still in the DRAINING state' }
      this.deactivated = false
      this.drain = undefined
    }
    return {}
  }
  #agent = (asked: Asked): Said => {
    if (asked.path === '/state' && this.recovering-- > 0)
      return { status: 503, body: 'Agent has not finished recovery' }
    if (asked.path === '/state') return { body: { id: 'A', pid: 'slave(1)@10.0.0.21:5051' } }
    return {
      body: {
        'slave/tasks_running': this.#tasksHere(),
        'slave/tasks_staging': 0,
        'slave/tasks_starting': 0,
        'slave/tasks_killing': 0,
      },
    }
  }
  labels: Readonly<Record<string, string>> = {}
  /** The change of Marathon whose answer is lost, from 1; 0: none. The tasks that it kills take a while. */
  loses = 0
  #marathon = (asked: Asked): Said => {
    const said = this.#app(asked)
    return asked.method !== 'GET' && --this.loses === 0 ? { status: 503 } : said
  }
  #app(asked: Asked): Said {
    const lingers = this.loses === 1
    if (asked.path === '/v2/tasks/delete') {
      const { ids } = JSON.parse(asked.body)
      const scale = new URLSearchParams(asked.query).get('scale') === 'true'
      this.log.push(`kill ${ids.join(' ')}${scale ? ' and scale' : ''}`)
      if (scale)
        for (const each of this.apps) {
          each.instances -= each.tasks.filter((t) => ids.includes(t.id)).length
          if (!lingers) each.tasks = each.tasks.filter((t) => !ids.includes(t.id))
        }
      if (lingers) return {}
      for (const each of this.apps)
        each.tasks = each.tasks.map((t) => (ids.includes(t.id) ? { ...t, state: 'TASK_KILLING' } : t))
      return { body: { tasks: [] } }
    }
    if (asked.method === 'PUT') {
      const { instances } = JSON.parse(asked.body)
      const found = this.apps.find(({ id }) => `/v2/apps${id}` === asked.path)
      this.log.push(`scale ${found?.id} to ${instances}`)
      if (found !== undefined) {
        if (instances === found.instances) return { status: 409, body: { message: 'App is locked' } }
        if (instances > found.instances && this.starts)
          found.tasks = [...found.tasks, task('new', 'B', { healthy: this.ill ? false : (undefined as never) })]
        found.instances = instances
      }
      return { body: { deploymentId: 'd', version: 'v' } }
    }
    const apps = this.apps.map(({ tasks, deployments, ...rest }) => ({
      ...rest,
      version: 'v',
      labels: this.labels,
      healthChecks: [{}],
      taskKillGracePeriodSeconds: 90,
      deployments: deployments.map((id) => ({ id })),
      tasks: tasks.map(({ healthy, ...t }) => ({
        ...t,
        startedAt: STARTED,
        healthCheckResults: healthy === undefined || this.forgets ? [] : [{ alive: healthy, lastSuccess: STARTED }],
      })),
    }))
    const one = apps.find(({ id }) => `/v2/apps${id}` === asked.path)
    if (one !== undefined) return { body: { app: one } }
    this.#tick()
    return { body: { apps } }
  }
  /** What the other hosts say of the way to the HAProxies. */
  chain(name: string): Net {
    this.asked.push(name)
    return fakeNet({ '10.0.0.11:5050': this.#master, '10.0.0.22:5051': this.#agent }, (script) => {
      if (!script.includes('provision-registrar')) return 'active\n\n'
      const [consul = '', ...later] = this.consul
      if (later.length > 0) this.consul = later
      const status = { time: 1, lastSuccess: 1, attached: true, marathon: '', serving: 0, draining: 0, problems: [] }
      return `active\n1\n${JSON.stringify({ ...status, consul })}`
    })
  }
  turn(
    cluster = stack({ masters: 1, slaves: 2 }),
    allow: readonly string[] = [],
    signal = new AbortController().signal,
  ): Turn {
    const peers: Peers = {
      ...(this.masters ? { '10.0.0.11:5050': this.#master } : {}),
      ...(this.marathon ? { '10.0.0.11:8080': this.#marathon } : {}),
      ...(this.up ? { '10.0.0.21:5051': this.#agent } : {}),
    }
    return {
      host: cluster.host('s-1'),
      cluster,
      net: fakeNet(peers, () => this.docker),
      netTo: ({ name }) => this.chain(name),
      allow: new Set(allow),
      signal,
      say: (text) => this.said.push(text),
    }
  }
  web(...tasks: MarathonTask[]): this {
    this.apps.push({ id: '/web', instances: tasks.length, tasks, deployments: [] })
    return this
  }
  /** The apps are behind the HAProxies. */
  get balanced(): this {
    this.labels = { 'lb.enable': 'true' }
    return this
  }
}
const fails = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it went well',
    (error: Error) => error.message,
  )
const out = (world: World, ...more: Parameters<World['turn']>) => takeOut(world.turn(...more), PATIENCE)

test('tasks enough elsewhere: deactivated, then drained in the longest grace', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'B'))
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 90'])
  assert.is(world.drain, 'DRAINED')
})

test('all tasks here: one more is started elsewhere before any is ended, and the app has as many as before', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'A'), task('c', 'A'))
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 4', 'kill a and scale', 'DRAIN_AGENT 90'])
  assert.is(world.apps[0]?.instances, 3)
  assert.ok(world.said.includes('its tasks to be moved: one more task of /web on another host'))
})

const DENIED = '403 (Permission denied)'
const UNCARRIED =
  /^new tasks would get no requests, and the old ones would end for them\ns-2: registrar: the Consul agent cannot be asked: 403 .*\nMend that first \(provision status\), or accept it with --allow lb-chain$/

test('what starts elsewhere would get no requests: nothing is ended', async () => {
  for (const tasks of [
    [task('a', 'A'), task('b', 'B')],
    [task('a', 'A'), task('b', 'A')],
  ]) {
    const world = Object.assign(new World().web(...tasks).balanced, { consul: [DENIED] })
    assert.match(await fails(out(world)), UNCARRIED)
    assert.equal(world.log, ['DEACTIVATE_AGENT'])
    assert.is(world.asked.includes('s-1'), false, 'whoever repairs a slave must be able to drain it')
  }
})

test('… unless that is accepted, or nothing here is balanced', async () => {
  const accepted = Object.assign(new World().web(task('a', 'A'), task('b', 'B')).balanced, { consul: [DENIED] })
  await out(accepted, undefined, ['lb-chain'])
  const plain = Object.assign(new World().web(task('a', 'A'), task('b', 'B')), { consul: [DENIED] })
  const elsewhere = Object.assign(new World().web(task('b', 'B')).balanced, { consul: [DENIED] })
  await Promise.all([out(plain), out(elsewhere)])
  for (const world of [accepted, plain, elsewhere]) assert.equal([world.drain, world.asked], ['DRAINED', []])
})

test('… or it is whole in a moment', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'B')).balanced, {
    consul: [DENIED, DENIED, ''],
  })
  await takeOut(world.turn(), { ...PATIENCE, chain: 2000 })
  assert.is(world.drain, 'DRAINED')
})

test('the way breaks while tasks are moved: none that serves is ended, and the additional one goes', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')).balanced, { consul: ['', DENIED] })
  assert.match(await fails(out(world)), UNCARRIED)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill new and scale'])
})

test('Marathon has forgotten who is healthy: Mesos is asked', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'B'))
  world.forgets = true
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 90'])
  const all = new World().web(task('a', 'A'), task('b', 'A'))
  all.forgets = true
  await out(all)
  assert.equal(all.log, ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill a and scale', 'DRAIN_AGENT 90'])
})

test('the only task is here: nothing is ended, and that is said', async () => {
  const world = new World().web(task('a', 'A'))
  assert.is(
    await fails(out(world)),
    '/web has its only task here, and would be away until it has started elsewhere: scale it to 2, or accept that with --allow drain-outage',
  )
  assert.equal(world.log, ['DEACTIVATE_AGENT'])
  await bringBack(world.turn(), PATIENCE)
  assert.equal([world.deactivated, world.apps[0]?.tasks.length], [false, 1])
})

test('… unless that is accepted', async () => {
  const world = new World().web(task('a', 'A'))
  await out(world, undefined, ['drain-outage'])
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 90'])
})

test('all tasks here, and nobody else could take one: refused at once, and nothing is ended', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { other: false })
  const began = Date.now()
  assert.match(
    await fails(out(world)),
    /^\/web has all its tasks here, and no other slave could take one .* make room on another slave, or accept that it is away with --allow drain-outage$/,
  )
  assert.ok(Date.now() - began < PATIENCE.move)
  assert.equal(world.log, ['DEACTIVATE_AGENT'])
})

test('… unless that is accepted', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { other: false })
  await out(world, undefined, ['drain-outage'])
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 90'])
})

test('one more that never gets healthy goes again, and none of those that serve was ended', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { ill: true })
  assert.match(await fails(takeOut(world.turn(), { ...PATIENCE, move: 20 })), /could not be moved within 0\.02 s/)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill new and scale'])
  assert.equal(
    world.apps[0]?.tasks.map(({ id }) => id),
    ['a', 'b'],
  )
})

for (const [loses, what] of ['one task more', 'the end of one'].entries())
  test(`the answer to ${what} is lost: it is not asked for twice`, async () => {
    const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { loses: loses + 1 })
    await out(world)
    assert.is(world.apps[0]?.instances, 2)
    assert.equal(world.log.slice(0, 3), ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill a and scale'])
  })

test('the answer to the end of the additional task is lost: its number is lowered once', async () => {
  const ends = { ill: true, loses: 2 }
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), ends)
  await fails(takeOut(world.turn(), { ...PATIENCE, move: 20 }))
  assert.is(world.apps[0]?.instances, 2)
})

test('one more that finds no place: its number stays, since a lower one would end one that serves', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { starts: false })
  assert.match(
    await fails(takeOut(world.turn(), { ...PATIENCE, move: 20 })),
    /could not be moved within 0\.02 s, .*; \/web has one task more than before$/,
  )
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 3'])
})

test('a deployment is waited for', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'A'))
  const [web] = world.apps
  if (web) web.deployments = ['d1']
  setTimeout(() => {
    if (web) web.deployments = []
  }, 20)
  await out(world)
  assert.is(world.said[0], 'its tasks to be moved: the deployment of /web to end')
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill a and scale', 'DRAIN_AGENT 90'])
})

test('tasks that find no place elsewhere: given up, and said', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'B', { state: 'TASK_STAGING', healthy: false }))
  assert.match(
    await fails(takeOut(world.turn(), { ...PATIENCE, move: 20 })),
    /could not be moved within 0\.02 s, waited for a healthy task of \/web/,
  )
  assert.equal(world.log, ['DEACTIVATE_AGENT'])
})

test('without a Marathon, the agent is drained', async () => {
  const cluster = clusterOf({
    vars: { mesos: SOURCES.mesos },
    hosts: {
      'm-1': { address: '10.0.0.11', roles: ['zookeeper', 'mesos-master-only'], vars: { zookeeper: { id: 1 } } },
      's-1': { address: '10.0.0.21', roles: ['mesos-agent'] },
    },
  })
  const world = new World()
  await out(world, cluster)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 60'])
})

test('masters or Marathon that nobody reaches: nothing is done', async () => {
  const world = new World().web(task('a', 'A'))
  world.masters = false
  assert.match(await fails(out(world)), /^no master answers as the leader/)
  assert.match(await fails(bringBack(world.turn(), PATIENCE)), /^no master answers as the leader/)
  world.masters = true
  world.marathon = false
  assert.match(await fails(out(world)), /^Marathon does not answer/)
  assert.equal(world.log, ['DEACTIVATE_AGENT'])
})

for (const [what, before, log] of [
  ['deactivated', { deactivated: true }, ['DRAIN_AGENT 90']],
  ['draining', { deactivated: true, drain: 'DRAINING' }, ['DRAIN_AGENT 90']],
  ['drained', { deactivated: true, drain: 'DRAINED' }, []],
] as const) {
  test(`what a killed run left ${what} is gone on with`, async () => {
    const world = Object.assign(new World().web(task('a', 'A'), task('b', 'B')), before)
    await out(world)
    assert.equal(world.log, log)
    assert.is(world.drain, 'DRAINED')
  })
}

test('a drain that hangs is asked for again; one that hangs on has no task left either', async () => {
  const world = new World().web(task('b', 'B'))
  world.drains = 2
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 60', 'DRAIN_AGENT 60'])
  const stuck = new World()
  stuck.drains = 99
  await out(stuck)
  assert.is(stuck.said.at(-1), 'its drain no longer: Mesos goes on with it although no task is left')
})

test('a stop while tasks are moved', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'B', { state: 'TASK_STAGING' }))
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 10)
  assert.is(await fails(out(world, undefined, [], stop.signal)), 'stopped as asked, while its tasks were moved')
})

test('an agent that is not connected: what it started cannot be moved', async () => {
  for (const lost of [{ connected: false }, { listed: false }, { connected: false, deactivated: true, up: false }]) {
    const world: World = Object.assign(new World(), lost)
    await out(world) // it started nothing
    world.docker = '0123\n4567\n'
    assert.is(
      await fails(out(world)),
      'its agent is not connected to a master, so that the 2 tasks that it started cannot be moved: fix mesos-agent first, or let them end with --allow drain-outage',
    )
    await out(world, undefined, ['drain-outage'])
    assert.equal(world.log, [])
  }
})

test('brought back: when it is registered again', async () => {
  const world = Object.assign(new World(), { deactivated: true, drain: 'DRAINED', recovering: 3 } as const)
  await bringBack(world.turn(), PATIENCE)
  assert.equal([world.deactivated, world.recovering < 0], [false, true])
  assert.equal(world.log, ['REACTIVATE_AGENT'])
})

test('brought back: a drain cannot be interrupted, and one that hangs is asked for again', async () => {
  const world = Object.assign(new World(), { deactivated: true, drain: 'DRAINING', drains: 1 } as const)
  await bringBack(world.turn(), { ...PATIENCE, drain: 10 })
  assert.is(world.deactivated, false)
  assert.ok(world.log.includes('DRAIN_AGENT 60'))
  assert.ok(world.said.includes('its drain to end'))
})

test('brought back: one that is in service, or was never taken out, is left alone', async () => {
  const active = new World()
  await bringBack(active.turn(), PATIENCE)
  const down = Object.assign(new World(), { connected: false, up: false })
  await bringBack(down.turn(), PATIENCE)
  assert.equal([active.log, down.log], [[], []])
})

test('brought back: one that does not come up is owed', async () => {
  const world = Object.assign(new World(), { deactivated: true, drain: 'DRAINED', up: false } as const)
  assert.is(await fails(bringBack(world.turn(), { ...PATIENCE, back: 20 })), 'waited 0.02 s for its agent to register')
})

test.run()
