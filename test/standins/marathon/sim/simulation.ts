import type { Response } from '../api/http.ts'
import { begin } from '../core/begin.ts'
import type { Event } from '../core/effect.ts'
import type { Input } from '../core/input.ts'
import type { TaskInfo } from '../core/mesos.ts'
import { restore, writes } from '../core/persist.ts'
import { step } from '../core/step.ts'
import { instancesOf, type Settings, type World } from '../core/world.ts'
import { type Behaviour, byMode } from './behaviour.ts'
import { type SimAgent, SimMesos } from './mesos.ts'
import { SETTINGS } from './settings.ts'

const TICK = 100

/** What was seen at one moment: how many tasks of each version served. */
export interface Sample {
  readonly at: number
  readonly serving: number
  readonly ids: readonly string[]
}

/** What there is in a simulation, if not what it has by itself. */
export interface Scene {
  readonly behave?: (task: TaskInfo) => Behaviour
  readonly agents?: readonly SimAgent[]
  readonly settings?: Partial<Settings>
}

/** The core under a clock that is moved by hand, with an imaginary Mesos and a ZooKeeper that is a map. */
export class Simulation {
  now = Date.parse('2026-11-22T12:00:00.000Z')
  world: World
  readonly mesos: SimMesos
  readonly events: Event[] = []
  readonly samples: Sample[] = []
  readonly #nodes = new Map<string, unknown>()
  #calls: { at: number; call: Parameters<SimMesos['call']>[0] }[] = []
  readonly #settings: Settings
  #generation = 0

  constructor({ behave = byMode, agents, settings = {} }: Scene = {}) {
    this.mesos = new SimMesos(behave, agents)
    this.#settings = { ...SETTINGS, ...settings }
    this.world = this.#lead()
  }

  /**
   * The leader dies without a word and another takes over `pause` milliseconds later, with what ZooKeeper has. Tasks go
   * on.
   */
  failover(pause = 11_000): void {
    const until = this.now + pause
    this.#calls = []
    while (this.now < until) {
      this.now += TICK
      this.#sample()
    }
    this.world = this.#lead()
  }

  #lead(): World {
    const { kept, plans } = restore(new Map(JSON.parse(JSON.stringify([...this.#nodes]))))
    const node = `0000000000${String(++this.#generation).padStart(2, '0')}`
    this.world = begin(this.now, { settings: this.#settings, about: {}, node, kept })
    this.input({ on: 'elected', plans })
    this.input({ on: 'subscribed', frameworkId: 'F-0000' })
    this.now += TICK // no version is as old as the process
    return this.world
  }

  input(input: Input): Response | undefined {
    const { world, effects, response } = step(this.world, input, this.now)
    for (const { path, value } of writes(this.world, world))
      value === undefined ? this.#nodes.delete(path) : this.#nodes.set(path, value)
    this.world = world
    for (const effect of effects) {
      if (effect.do === 'event') this.events.push(effect.event)
      if (effect.do === 'call') this.#calls.push({ at: this.now + (effect.after ?? 0), call: effect.call })
      if (effect.do === 'probe') {
        const ok = this.mesos.healthy(effect.probe.task, this.now)
        this.input({
          on: 'probed',
          probe: effect.probe,
          result: { ok, cause: ok ? '' : '500 Internal Server Error', status: ok ? 200 : 500 },
        })
      }
    }
    return response
  }

  request(method: string, target: string, body?: unknown): Response & { body: never } {
    const { pathname, searchParams } = new URL(target, 'http://m')
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = {
      host: 'm:8080',
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    }
    return this.input({
      on: 'request',
      request: { method, path: pathname, query: searchParams, headers, body: text, client: '10.0.0.1' },
    }) as Response & { body: never }
  }

  /** Lets time pass. */
  run(duration: number): void {
    const until = this.now + duration
    while (this.now < until) this.#tick()
  }

  /** Lets time pass until something is so. @throws Error where it is not within `limit` milliseconds */
  until(what: (world: World) => boolean, limit = 120_000): void {
    const deadline = this.now + limit
    while (!what(this.world)) {
      if (this.now > deadline) throw new Error(`not so after ${limit / 1000} s`)
      this.#tick()
    }
  }

  #tick(): void {
    const before = this.now
    this.now += TICK
    const due = this.#calls.filter(({ at }) => at <= this.now)
    this.#calls = this.#calls.filter(({ at }) => at > this.now)
    for (const { call } of due) this.mesos.call(call, this.now)
    for (const status of this.mesos.statuses(this.now)) this.input({ on: 'status', status })
    const offers = this.mesos.offers()
    if (offers.length > 0) this.input({ on: 'offers', offers })
    this.input({ on: 'tick', before })
    this.#sample()
  }

  #sample(): void {
    const ids = [...this.mesos.tasks.values()]
      .filter((t) => t.dead === undefined && this.mesos.healthy(t.info.task_id.value, this.now))
      .map((t) => t.info.task_id.value)
    this.samples.push({ at: this.now, serving: ids.length, ids })
  }

  /** The least number of tasks that served and were not told to die, since a moment. */
  least(since: number): number {
    return Math.min(...this.samples.filter(({ at }) => at >= since).map(({ serving }) => serving))
  }

  /** A task ends by itself. */
  end(task: string, state: string): void {
    this.input({ on: 'status', status: this.mesos.end(task, state) })
  }

  idle(): boolean {
    return Object.keys(this.world.deployments).length === 0
  }

  instances(app: string) {
    return instancesOf(this.world, app)
  }
}
