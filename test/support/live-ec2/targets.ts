import { get } from 'node:http'

/** How a target group checks and lets go; those of a balancer that is in a hurry. */
export interface Settings {
  readonly port: number
  readonly path: string
  /** Milliseconds between two checks. */
  readonly interval: number
  /** Checks in a row that change its mind. */
  readonly threshold: number
  /** Milliseconds for which a target that leaves may end what it has begun. */
  readonly delay: number
}

type State = 'initial' | 'healthy' | 'unhealthy' | 'draining'

interface Target {
  readonly id: string
  state: State
  row: number
}

const isWell = (host: string, { port, path, interval }: Settings): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = get({ host, port, path, agent: false, timeout: interval }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode === 200))
    })
    asked.on('timeout', () => asked.destroy()).on('error', () => resolve(false))
  })

const member = ({ id, state }: Target, { port }: Settings): string =>
  `<member><HealthCheckPort>${port}</HealthCheckPort><Target><Id>${id}</Id><Port>${port}</Port></Target><TargetHealth><State>${state}</State>${state === 'unhealthy' ? '<Description>Health checks failed</Description>' : ''}</TargetHealth></member>`

/**
 * The targets of a group, as a real balancer has them: one that comes is checked before it gets anything, one that
 * leaves is `draining` for the whole delay, and what the balancer sends by is a second behind.
 */
export class Targets {
  readonly #settings: Settings
  readonly #addressOf: (id: string) => string | undefined
  readonly #targets = new Map<string, Target>()
  readonly #timer: NodeJS.Timeout
  /** What it sends by: targets as they were a second ago. */
  #behind: readonly string[] = []

  constructor(settings: Settings, addressOf: (id: string) => string | undefined) {
    this.#settings = settings
    this.#addressOf = addressOf
    this.#timer = setInterval(() => this.#look(), settings.interval)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Addresses that requests are sent to just now. */
  addresses = (): readonly string[] => this.#behind

  register(id: string): void {
    const before = this.#targets.get(id)
    // one that is draining keeps on leaving (ansible#44149)
    if (before === undefined) this.#targets.set(id, { id, state: 'initial', row: 0 })
  }

  deregister(id: string): void {
    const target = this.#targets.get(id)
    if (!target || target.state === 'draining') return
    target.state = 'draining'
    setTimeout(() => this.#targets.delete(id), this.#settings.delay).unref()
  }

  /** The answer to DescribeTargetHealth. */
  describe(): string {
    const members = [...this.#targets.values()].map((target) => member(target, this.#settings)).join('')
    return `<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeTargetHealthResult><TargetHealthDescriptions>${members}</TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>`
  }

  #look(): void {
    const now = [...this.#targets.values()]
    const served = (state: State): readonly string[] =>
      now.flatMap((target) => (target.state === state ? (this.#addressOf(target.id) ?? []) : []))
    // as such balancers do: where nobody is well, everybody is asked
    const sends = served('healthy').length > 0 ? served('healthy') : served('unhealthy')
    setTimeout(() => {
      this.#behind = sends
    }, 1000).unref()
    for (const target of now) void this.#check(target)
  }

  async #check(target: Target): Promise<void> {
    const address = this.#addressOf(target.id)
    const well = address !== undefined && (await isWell(address, this.#settings))
    if (target.state === 'draining') return
    const state = well ? 'healthy' : 'unhealthy'
    target.row = state === target.state ? 0 : target.row + 1
    if (target.row < this.#settings.threshold) return
    target.state = state
    target.row = 0
  }
}
