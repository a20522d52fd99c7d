import { brief } from '../lib/message.ts'
import type { Clean } from '../model/clean.ts'
import type { Health, Net } from '../model/health.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Recipe, Turn } from '../model/recipe.ts'
import { leaving, recipesOf } from '../model/recipes-of.ts'
import type { Connection } from '../transport/transport.ts'
import { howItEnded, type Phase } from './apply/outcome.ts'
import { type Context, isStopped } from './context.ts'
import type { HostResult, Outcome } from './events.ts'
import { healthOf, together } from './health.ts'
import { HostLink } from './link/host-link.ts'
import { HostLock, patiently } from './link/host-lock.ts'
import { type Links, links } from './link/links.ts'
import type { Over } from './link/net.ts'
import type { Applied } from './link/session.ts'
import { type Ask, type Look, lookAt } from './observe/look.ts'
import type { Decision } from './plan/decide.ts'
import { HostPlan } from './plan/host-plan.ts'
import { askHeld, markAway, markBack, takenOutBy } from './roll/away-mark.ts'

/**
 * One host in a run: its connection, its lock, what is known of it, and how its part of the run ended. converge.ts
 * decides what to do with it.
 */
export class HostRun {
  readonly host: InventoryHost
  readonly context: Context
  readonly plan: HostPlan
  result: HostResult | undefined
  /** The host's current phase. */
  phase: Phase = 'observing'
  /** Set if the host is to leave, does not answer and counts as gone for good: why it does not answer. */
  gone: string | undefined
  /** Steps that this run has applied. */
  applied = 0
  readonly #start: number
  readonly #recipes: readonly Recipe[]
  readonly #look: Look
  readonly #link: HostLink
  readonly #lock: HostLock
  readonly #net: Net
  readonly #others: Links

  constructor(host: InventoryHost, context: Context) {
    this.host = host
    this.context = context
    this.#start = context.now()
    this.#recipes = recipesOf(host, context.cluster.roles)
    this.#look = lookAt(host, this.#recipes, context)
    this.#link = new HostLink(host, context)
    this.#lock = new HostLock(this.#link)
    this.#net = this.#link.net
    this.#others = links(context.transport)
    this.plan = new HostPlan(this.#look, this.#recipes, this.#net, context)
  }

  get name(): string {
    return this.host.name
  }

  /** Set once the host has been observed, and again under its lock. */
  get decision(): Decision | undefined {
    return this.plan.decision
  }

  /** Cleans text from the host so that it can be shown. */
  clean: Clean = (text) => this.#look.clean(text)

  /** Must the host start nothing new? */
  get stopped(): boolean {
    return isStopped(this.context)
  }

  /** Ends the host's part of the run. Only the first call counts. */
  finish(
    outcome: Outcome,
    reason?: string,
    more: Partial<Pick<HostResult, 'output' | 'owed' | 'probes' | 'script'>> = {},
  ): void {
    if (this.result !== undefined) return
    const plan = this.decision?.plan
    this.result = {
      host: this.name,
      outcome,
      steps: outcome === 'planned' || outcome === 'refused' ? (plan?.steps.length ?? 0) : this.applied,
      ...(reason === undefined ? {} : { reason: brief(this.clean(reason)) }),
      owed: [],
      ...more,
      ms: Math.round(this.context.now() - this.#start),
      cost: this.#link.cost,
      ...(plan === undefined ? {} : { plan }),
    }
    this.context.emit({ event: 'host', ...this.result })
  }

  /** Runs one part of the host's work. An error becomes the host's result. */
  async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const where = { leaving: this.context.leave.aborted, phase: this.phase, retires: this.host.retire === true }
      const { outcome, reason } = howItEnded(error, { ...where, applied: this.applied > 0 })
      this.finish(outcome, reason)
    }
  }

  /**
   * Connects and observes the host for the first time. Takes one exec, or two if its facts are not cached, or a fact
   * that its recipes use has changed.
   */
  async observe(): Promise<void> {
    const connected = this.#link.session()
    // Recipes are evaluated while the host answers; a failure of the host is reported first.
    const recalled = this.#look.recall(this.#link.observe)
    recalled.catch(() => undefined)
    await connected
    this.context.emit({ event: 'observing', host: this.name })
    await recalled
    await this.observeAgain()
  }

  /** Observes the host again and decides what differs now; under its lock, even if that was lost with the link. */
  async observeAgain(): Promise<void> {
    await this.#decide(this.#link.observe)
    if (this.#lock.taken && !this.#lock.held) await this.takeLock()
  }

  #decide = (ask: Ask): Promise<void> => this.plan.decide(ask, this.#link.observe)

  /** Decides what differs after a script, without making that the plan; removes what the script left on the host. */
  lookAfter({ id, observed, asked }: Partial<Applied> = {}): Promise<Decision> {
    if (observed !== undefined) return this.#look.decide(async () => observed, this.#link.observe, asked)
    const ask: Ask = async (resources) => (await this.#link.session()).observe(resources, id)
    return this.#look.decide(ask, this.#link.observe)
  }

  session = () => this.#link.session()
  connection = (): Promise<Connection> => this.#link.connection()
  over: Over = (work) => this.#link.over(work)

  /** Emits the plan, unless this very plan was emitted before. */
  tellPlan(): void {
    const plan = this.plan.news()
    if (plan !== undefined) this.context.emit({ event: 'plan', host: this.name, plan })
  }

  /**
   * Takes the host's run lock, including one lost with its link; waits for other runs if the options say so.
   * @throws BusyError, TransportError
   */
  async takeLock(): Promise<void> {
    if (this.#lock.held) return
    await this.patiently(() => (this.decision === undefined ? this.#lock.take([]) : this.#decide(this.#lock.take)))
  }

  releaseLock = (): Promise<void> => this.#lock.release()

  /**
   * Does work under the lock: the one that the run holds, or one that it takes in the same exec that observes the host
   * again.
   */
  async withLock(work: (taken: 'before' | 'now') => Promise<void>): Promise<void> {
    if (this.#lock.taken) return work('before')
    try {
      await this.takeLock()
      await work('now')
    } finally {
      await this.releaseLock()
    }
  }

  /** Does work that another run may block; waits for that run if the options say so. @throws BusyError */
  patiently = (attempt: () => Promise<unknown>): Promise<void> =>
    patiently(attempt, (owner) => this.#waits(`another run: ${owner}`), this.context)

  #waits(what: string): void {
    this.context.emit({ event: 'waiting', host: this.name, for: this.clean(what) })
  }

  /** The health of the host's components. A component that cannot be asked is red. */
  async health(recipes: readonly Recipe[]): Promise<Health> {
    // a host that is to leave is not asked, because nothing waits for it
    if (this.host.retire) return { green: true, says: 'is to leave' }
    const own = recipes.filter(({ name }) => this.has(name))
    const ask = (recipe: Recipe) => healthOf(recipe, this.host, this.context.cluster, this.#net, this.clean)
    return together(await Promise.all(own.map(async (recipe) => [recipe.name, await ask(recipe)] as const)))
  }

  /** Does the host have this recipe? */
  has = (recipe: string): boolean => this.#recipes.some(({ name }) => name === recipe)

  /** The host's recipes that report health. */
  get watched(): readonly Recipe[] {
    return this.#recipes.filter((r) => r.health !== undefined)
  }

  /** What this host's recipes are given in its turn. */
  turn(): Turn {
    const { cluster, allow, signal, leave } = this.context
    const [net, netTo, say] = [this.#net, this.#others.to, (text: string) => this.#waits(text)]
    return { host: this.host, cluster, allow, net, netTo, signal: AbortSignal.any([signal, leave]), say }
  }

  /** Do this host's steps interrupt a running service of the recipe? */
  interrupts = ({ name }: Recipe): boolean => this.decision?.interrupts.has(name) === true

  /** Do its steps interrupt the whole host, as a reboot does? */
  get isInterrupted(): boolean {
    return this.decision?.resources.some(({ type }) => type.interruptsHost) === true
  }

  /** Does the recipe take anything out of service on this host? */
  drains = ({ rolling }: Recipe): boolean => rolling?.drains?.(this.host, this.context.cluster) !== false

  /** The recipes that take this host out of service and bring it back. */
  get leaving(): readonly Recipe[] {
    return leaving(this.host, this.context.cluster)
  }

  /** The user for whom this run takes the member out of service until further notice. */
  takenOutBy = ({ name }: Recipe): string | undefined =>
    (this.decision?.resources ?? []).flatMap((r) => (r.name === name ? (takenOutBy(r) ?? []) : []))[0]

  /** Did a user take the member out of service until further notice? @throws TransportError, Error */
  isHeld = async ({ name }: Recipe): Promise<boolean> => (await this.#net.read(askHeld(name))) !== ''

  /** Records on the host that the member goes out of service. @throws TransportError, Error */
  markAway = async (recipe: Recipe): Promise<unknown> => this.#net.read(markAway(recipe.name, this.takenOutBy(recipe)))

  /** Records that the member is back. @throws TransportError, Error */
  markBack = async ({ name }: Recipe): Promise<unknown> => this.#net.read(markBack(name))

  /** Asks the running script to start no further step. */
  stop = (): Promise<void> => this.#link.stop()

  /** Closes the connection; the next request opens a new one. */
  async close(): Promise<void> {
    const released = this.releaseLock()
    // when leaving, don't wait for a host that may not answer: its lock ends with its link
    await Promise.all([this.#link.close(this.context.leave.aborted ? undefined : released), this.#others.close()])
  }
}
