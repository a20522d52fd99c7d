import { get } from 'node:http'

/** A target group's check and drain settings, with short intervals. */
export interface Settings {
  readonly port: number
  readonly path: string
  /** Milliseconds between two checks. */
  readonly interval: number
  /** How many consecutive checks change a target's state. */
  readonly threshold: number
  /** For how many milliseconds a deregistered target may finish its requests. */
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
 * A group's targets, as a real balancer treats them: a new one is checked before it gets requests, a removed one is
 * `draining` for the whole delay, and routing lags a second behind.
 */
export class Targets {
  readonly #settings: Settings
  readonly #addressOf: (id: string) => string | undefined
  readonly #targets = new Map<string, Target>()
  readonly #timer: NodeJS.Timeout
  /** The targets that it routes to, as of a second ago. */
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

  /** The addresses that currently get requests. */
  addresses = (): readonly string[] => this.#behind

  /** How many targets are healthy. */
  healthy = (): number => [...this.#targets.values()].filter(({ state }) => state === 'healthy').length

  register(id: string): void {
    const before = this.#targets.get(id)
    // a draining target continues to leave (ansible#44149)
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
    // as real balancers do: if no target is healthy, all get requests
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
