import { isDeepStrictEqual } from 'node:util'
import {
  type Definition,
  type Does,
  ENDS,
  type Instance,
  type Log,
  type Plan,
  type Version,
} from './fake-tasks-types.ts'

const STEP = 250

/** One app and its tasks, with a clock that only `tick` moves. */
export class FakeTasks {
  readonly log: Log = { requests: [], killed: [] }
  /** The least number of healthy tasks since `watch`. */
  least = Number.POSITIVE_INFINITY
  now = Date.UTC(2026, 0, 1)
  /** Other apps, as Marathon lists them. */
  others: readonly object[] = []
  /** Does a scaling that removes tasks count those that wait to be restarted? */
  countsWaiting = true
  /**
   * The feature task_killing: without it, a task that is being killed looks as if it still ran, and is counted again in
   * a removal.
   */
  taskKilling = true
  /** No agent has room for new tasks. */
  full = false
  /** How many milliseconds a task takes to end. */
  killTakes = 1000
  hosts: readonly string[] = ['10.0.0.21', '10.0.0.22']
  versions: Version[] = []
  instances: Instance[] = []
  plan: Plan | undefined
  failure: Record<string, string> | undefined
  /** Until when Marathon is unreachable. */
  protected away = 0
  #serial = 0

  get current(): Version {
    return this.versions.at(-1) as Version
  }

  #stamp(): string {
    // Two versions never have the same time.
    this.now += 1
    return new Date(this.now).toISOString()
  }

  /** Adds an app whose tasks have been healthy for a long time. */
  running(definition: Definition): void {
    this.#store(definition, true)
    for (let i = 0; i < definition.instances; i++) {
      const instance = this.#schedule()
      Object.assign(instance, { condition: 'Running', ran: true, healthy: true })
    }
    this.plan = undefined
    this.watch()
  }

  watch(): void {
    this.least = this.healthy().length
  }

  healthy(version?: string): Instance[] {
    return this.instances.filter(
      (i) =>
        i.condition === 'Running' &&
        i.healthy === true &&
        (version === undefined || i.of.definition.env?.VERSION === version),
    )
  }

  /** Marathon is unreachable; then a new leader takes over, and kills surplus tasks. */
  lead(after: number): void {
    this.away = this.now + after
  }

  tick(ms: number): void {
    for (let i = 0; i < ms; i += STEP) {
      this.now += STEP
      if (this.away > 0 && this.now >= this.away) {
        this.away = 0
        this.surplus()
      }
      for (const instance of [...this.instances]) this.#live(instance)
      this.#work()
      this.least = Math.min(this.least, this.healthy().length)
    }
  }

  /**
   * What a new leader does, or the failure of a task after the deployment's lock was taken over: kills surplus tasks,
   * healthy old ones first.
   */
  protected surplus(): void {
    const alive = this.instances.filter((i) => i.condition !== 'Killing')
    const old = [...alive].sort((a, b) => (a.of.version < b.of.version ? -1 : 1))
    for (const instance of old.slice(0, Math.max(0, alive.length - this.current.definition.instances)))
      this.#kill(instance)
  }

  #schedule(): Instance {
    this.#serial += 1
    const instance: Instance = {
      uuid: `${this.#serial.toString(16).padStart(8, '0')}-0000-11f1-8000-000000000000`,
      host: this.hosts[this.#serial % this.hosts.length] as string,
      start: 1,
      of: this.current,
      condition: 'Scheduled',
      since: this.now,
      healthy: undefined,
      ran: false,
    }
    this.instances.push(instance)
    return instance
  }

  #kill(instance: Instance): void {
    if (instance.condition === 'Killing') return
    this.log.killed.push({
      version: instance.of.definition.env?.VERSION ?? '',
      healthy: instance.condition === 'Running' && instance.healthy === true,
    })
    if (instance.condition === 'Scheduled' || instance.condition === 'Failed') this.#remove(instance)
    else Object.assign(instance, { condition: 'Killing', since: this.now })
  }

  #remove(instance: Instance): void {
    this.instances = this.instances.filter((i) => i !== instance)
  }

  #live(instance: Instance): void {
    const said = (instance.of.definition.env?.DOES ?? 'good') as Does
    const halved = Number.parseInt(instance.uuid, 16) % 2 === 0 ? 'good' : 'sick'
    const does = said === 'half' ? halved : said
    const age = this.now - instance.since
    const become = (changes: Partial<Instance>): void => void Object.assign(instance, { since: this.now, ...changes })
    if (instance.condition === 'Scheduled' && does !== 'big' && !this.full && age >= 500)
      become({ condition: 'Running', ran: true, healthy: undefined })
    else if (instance.condition === 'Running' && age >= (ENDS[does] ?? Number.POSITIVE_INFINITY)) {
      this.failure = {
        taskId: this.taskId(instance),
        host: instance.host,
        state: 'TASK_FAILED',
        message: 'Container exited with status 1',
        version: instance.of.version,
        timestamp: new Date(this.now).toISOString(),
      }
      become({ condition: 'Failed', healthy: undefined })
    } else if (instance.condition === 'Failed' && age >= 1000) {
      instance.start += 1
      become({ condition: 'Scheduled' })
    } else if (instance.condition === 'Running' && age >= 2000) {
      if (does === 'good' || does === 'crashes') instance.healthy = true
      else if (does === 'sick') instance.healthy = false
    } else if (instance.condition === 'Killing' && age >= this.killTakes) this.#remove(instance)
  }

  /** One step of the current deployment. */
  #work(): void {
    const plan = this.plan
    if (plan === undefined) return
    if (plan.kind === 'stop') {
      for (const instance of this.instances) this.#kill(instance)
      if (this.instances.length === 0) this.plan = undefined
      return
    }
    const { definition, version } = this.current
    const wanted = definition.instances
    const alive = this.instances.filter((i) => i.condition !== 'Killing')
    const leaving = this.instances.length - alive.length
    const well = alive.filter((i) => i.condition === 'Running' && i.healthy === true)
    if (plan.kind === 'scale') {
      if (!plan.begun) {
        const doomed = alive.filter((i) => plan.doomed.has(i.uuid))
        // Running tasks before waiting ones, the youngest first: seen on the real one.
        const rest = alive
          .filter((i) => !plan.doomed.has(i.uuid))
          .sort((a, b) => Number(b.condition === 'Running') - Number(a.condition === 'Running') || b.since - a.since)
        const kill = [...doomed, ...rest].slice(0, Math.max(alive.length - wanted, doomed.length))
        for (const instance of kill) this.#kill(instance)
        for (let i = alive.length - kill.length; i < wanted; i++) plan.started.add(this.#schedule())
        plan.begun = true
      } else if ([...plan.started].every((i) => well.includes(i)) && leaving === 0) this.plan = undefined
      return
    }
    const { minimumHealthCapacity: least = 1, maximumOverCapacity: over = 1 } = definition.upgradeStrategy ?? {}
    const minimum = Math.ceil(wanted * least)
    let most = Math.floor(wanted * (1 + over))
    if (most === minimum) most += 1
    const old = alive.filter((i) => i.of.version !== version)
    const fresh = alive.filter((i) => i.of.version === version)
    if (!plan.begun) {
      plan.begun = true
      const mesos = (definition.healthChecks ?? []).every(({ protocol }) => protocol?.startsWith('MESOS_'))
      const victims = mesos ? [...old].sort((a, b) => Number(a.healthy === true) - Number(b.healthy === true)) : old
      for (const instance of victims.slice(0, Math.max(0, alive.length - wanted, well.length - minimum)))
        this.#kill(instance)
      return
    }
    // One at a time, and only while enough others are healthy: but then a healthy one as soon as a sick one.
    const spare = well.length > minimum
    const next = old.find((i) => (i.healthy === true ? spare : fresh.some((f) => f.healthy === true)))
    if (next) this.#kill(next)
    const room = most - this.instances.filter((i) => i.of.version !== version).length - fresh.length
    for (let i = 0; i < Math.min(room, wanted - fresh.length); i++) this.#schedule()
    const done = fresh.filter((i) => i.condition === 'Running' && i.healthy === true).length
    if (this.instances.every((i) => i.of.version === version) && done === wanted) this.plan = undefined
  }

  #store(definition: Definition, changed: boolean): Version {
    const version = this.#stamp()
    const stored = { version, config: changed ? version : this.current.config, definition }
    this.versions.push(stored)
    return stored
  }

  protected begin(kind: Plan['kind'], doomed: ReadonlySet<string> = new Set()): string {
    this.#serial += 1
    const id = `deployment-${this.#serial}`
    this.plan = { id, kind, doomed, begun: false, started: new Set() }
    this.#work()
    return id
  }

  /** Applies a change: the difference determines the actions. */
  protected change(definition: Definition, doomed?: ReadonlySet<string>): unknown {
    const before = this.versions.at(-1)?.definition
    const same = before !== undefined && isDeepStrictEqual({ ...before, instances: 0 }, { ...definition, instances: 0 })
    if (same && before.instances === definition.instances && doomed === undefined)
      return { deploymentId: 'nothing', version: this.#stamp() }
    const { version } = this.#store(definition, !same)
    return { deploymentId: this.begin(same || before === undefined ? 'scale' : 'restart', doomed), version }
  }

  protected taskId(instance: Instance): string {
    return `web.instance-${instance.uuid}._app.${instance.start}`
  }
}
