import { type Patience, takeOut } from '../../../recipes/mesos-agent/drain.ts'
import type { MarathonTask } from '../../../src/index.ts'
import type { Net } from '../../../src/model/health.ts'
import type { Turn } from '../../../src/model/recipe.ts'
import { task } from '../../support/apps.ts'
import { fakeNet, type Peers } from '../../support/fake-net.ts'
import type { Asked, Said } from '../../support/http-peer.ts'
import { stack } from '../support.ts'

/** Longer than a busy machine stalls a process: nothing but what is meant to take this long may. */
export const PATIENCE: Patience = {
  poll: 2,
  failover: 2500,
  restart: 2500,
  move: 60_000,
  chain: 2500,
  drain: 2500,
  back: 60_000,
}

export const STARTED = '2026-11-22T10:00:00.000Z'

/** A cluster that is played: one agent A (on s-1), another one B, the apps of a Marathon. */
export class World {
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
  /** … and is in service. */
  otherServes = true
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
      const other = {
        id: 'B',
        hostname: '10.0.0.22',
        pid: 'slave(1)@10.0.0.22:5051',
        active: this.otherServes,
        deactivated: !this.otherServes,
      }
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
    if (asked.path === '/state') {
      const tasks = this.strangers.map((id) => ({ id, state: 'TASK_RUNNING' }))
      if (this.strangersLast-- <= 0) this.strangers = []
      return { body: { id: 'A', pid: 'slave(1)@10.0.0.21:5051', frameworks: [{ executors: [{ tasks }] }] } }
    }
    return {
      body: {
        'slave/tasks_running': this.#tasksHere(),
        'slave/tasks_staging': 0,
        'slave/tasks_starting': 0,
        'slave/tasks_killing': 0,
      },
    }
  }
  /** Tasks here that Marathon does not list, and how many questions later the agent no longer has them. */
  strangers: readonly string[] = []
  strangersLast = 0
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
export const fails = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it went well',
    (error: Error) => error.message,
  )
export const out = (world: World, ...more: Parameters<World['turn']>) => takeOut(world.turn(...more), PATIENCE)
