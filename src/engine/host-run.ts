import type { Health, Net } from '../model/health.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Recipe, Turn } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'
import { applyScript } from './apply/apply-script.ts'
import { carryOut } from './apply/carry-out.ts'
import { howItApplied, howItEnded } from './apply/outcome.ts'
import { settled, type Verified, verify } from './apply/verify.ts'
import type { Context } from './context.ts'
import type { HostResult, Outcome } from './events.ts'
import { healthOf, together } from './health.ts'
import { HostLink } from './link/host-link.ts'
import { HostLock, patiently } from './link/host-lock.ts'
import { netOf, output } from './link/net.ts'
import { type Ask, type Look, lookAt } from './observe/look.ts'
import type { Decision } from './plan/decide.ts'
import { HostPlan } from './plan/host-plan.ts'
import type { RecipeRefusal } from './plan/refusals.ts'
import { markAway, markBack } from './roll/away-mark.ts'

/** One host's way through a run. Owns its connection. Its methods do not throw what belongs to the host: that becomes its result. */
export class HostRun {
  readonly host: InventoryHost
  result: HostResult | undefined
  /** What one of its recipes refused before anything was changed anywhere. */
  refusal: RecipeRefusal | undefined
  readonly #context: Context
  readonly #start: number
  readonly #recipes: readonly Recipe[]
  readonly #look: Look
  readonly #plan: HostPlan
  readonly #link: HostLink
  readonly #lock: HostLock
  readonly #net: Net
  #applying = false
  #applied = 0

  constructor(host: InventoryHost, context: Context) {
    this.host = host
    this.#context = context
    this.#start = context.now()
    this.#recipes = recipesOf(host, context.cluster.roles)
    this.#look = lookAt(host, this.#recipes, context)
    this.#link = new HostLink(host, context)
    this.#lock = new HostLock(this.#link)
    this.#net = netOf(this.#link.connection)
    this.#plan = new HostPlan(this.#look, this.#recipes, this.#net, context)
  }

  get name(): string {
    return this.host.name
  }

  /** Set once the host is looked at, and anew under its lock. */
  get decision(): Decision | undefined {
    return this.#plan.decision
  }

  /** Ends the host's part of the run. The first end counts. */
  finish(outcome: Outcome, reason?: string, more: Partial<Pick<HostResult, 'output' | 'owed' | 'script'>> = {}): void {
    if (this.result !== undefined) return
    const plan = this.decision?.plan
    this.result = {
      host: this.name,
      outcome,
      steps: outcome === 'planned' || outcome === 'refused' ? (plan?.steps.length ?? 0) : this.#applied,
      ...(reason === undefined ? {} : { reason: this.#look.clean(reason) }),
      owed: [],
      ...more,
      ms: Math.round(this.#context.now() - this.#start),
      cost: this.#link.cost,
      ...(plan === undefined ? {} : { plan }),
    }
    this.#context.emit({ event: 'host', ...this.result })
  }

  #fail(error: unknown): void {
    const { outcome, reason } = howItEnded(error, {
      leaving: this.#context.leave.aborted,
      applying: this.#applying,
      applied: this.#applied > 0,
    })
    this.finish(outcome, reason)
  }

  /** Looks at the host and decides what differs. One exec; two where no facts of it are cached, or a fact has changed that its recipes use. */
  async look(): Promise<void> {
    try {
      const connected = this.#link.session()
      // The recipes are evaluated while the host answers; that it does not is told first.
      const recalled = this.#look.recall(this.#link.observe)
      recalled.catch(() => undefined)
      await connected
      this.#context.emit({ event: 'observing', host: this.name })
      await recalled
      await this.#decide(this.#link.observe)
      this.#tell()
    } catch (error) {
      this.#fail(error)
    }
  }

  #decide = (ask: Ask): Promise<void> => this.#plan.decide(ask, this.#link.observe)

  /** Tells the plan; false where this very one was told already. */
  #tell(): boolean {
    const plan = this.#plan.news()
    if (plan !== undefined) this.#context.emit({ event: 'plan', host: this.name, plan })
    return plan !== undefined
  }

  /** Ends a host that only was to be looked at; asks what else its package manager would bring. */
  async finishPlan(): Promise<void> {
    if (this.result !== undefined) return
    try {
      if (this.#plan.inSync) return this.finish('in-sync')
      await this.#plan.foresee(await this.#link.connection())
      const script = this.#context.script ? { script: applyScript(this.#plan.decided).shown } : {}
      const refused = await this.#plan.refused()
      this.finish(refused === undefined ? 'planned' : 'refused', refused, script)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Asks whether what differs may be applied at all: the resources' own refusals, the reviewed plan, the recipes. Nothing has changed yet. */
  async mayApply(): Promise<void> {
    if (this.result !== undefined) return
    if (this.#plan.inSync && this.#context.approved === undefined) return this.finish('in-sync')
    const refused = this.#plan.refusedByPlan()
    if (refused !== undefined) return this.finish('refused', refused)
    if (this.#plan.inSync) return this.finish('in-sync')
    try {
      this.refusal = await this.#plan.refusedByRecipe()
      if (this.refusal !== undefined) this.finish('refused', this.refusal.says)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Takes the host's run lock, also where it went with its link; waits for it where the run says so. @throws BusyError, TransportError */
  async takeLock(): Promise<void> {
    if (this.#lock.held) return
    const session = await this.#link.session()
    if (this.#lock.taken) await session.reconnect()
    await this.#patiently(() => (this.decision === undefined ? this.#lock.take([]) : this.#decide(this.#lock.take)))
  }

  #patiently = (attempt: () => Promise<unknown>): Promise<void> =>
    patiently(attempt, (owner) => this.#waits(`another run: ${owner}`), this.#context)

  #waits(what: string): void {
    this.#context.emit({ event: 'waiting', host: this.name, for: this.#look.clean(what) })
  }

  releaseLock = (): Promise<void> => this.#lock.release()

  /**
   * Applies what differs and looks again. Takes the lock unless it is held already (then the host is looked at anew). Where all went well the result
   * stays open: the gate comes first. It also stays open, and nothing is done, where the lock was not held and the host turns out to be one that must
   * wait for its turn (`decision.plan.rolls`). `prepare` comes before the first step, when nothing can be refused any more.
   */
  async converge(prepare?: () => Promise<void>): Promise<void> {
    const mine = !this.#lock.taken
    let fresh = mine
    try {
      if (mine) await this.takeLock()
      await this.#patiently(async () => {
        if (!fresh) await this.#decide(this.#link.observe)
        fresh = false
        this.#applying = false
        if (this.#context.signal.aborted) return this.finish('blocked', 'stopped as asked, before its turn')
        const refused = this.#plan.refusedByPlan()
        if (refused !== undefined) return this.finish('refused', refused)
        if (this.#plan.inSync) return this.finish('in-sync')
        const refusal = this.#tell() ? await this.#plan.refusedByRecipe() : undefined // of a plan that it has not seen yet
        if (refusal !== undefined) return this.finish('refused', refusal.says)
        const { decided } = this.#plan
        if (mine && decided.plan.rolls.length > 0) return
        await prepare?.()
        if (this.result === undefined) await this.#carryOut(decided)
      })
    } catch (error) {
      this.#fail(error)
    } finally {
      if (mine) await this.releaseLock()
    }
  }

  async #carryOut(decision: Decision): Promise<void> {
    const applied = (n: number) => {
      this.#applied = n
    }
    this.#applying = true
    const carried = await carryOut(await this.#link.session(), decision, this.#look.clean, applied, this.#context)
    this.#applying = false
    this.#context.emit({ event: 'verifying', host: this.name })
    const id = 'id' in carried ? carried.id : undefined
    const after = await settled(() => this.#verify(id), decision.plan, this.#context)
    const wrong = howItApplied(decision.plan, carried, after, { applied: this.#applied, stopping: this.#context.signal.aborted })
    if (wrong !== undefined) this.finish(wrong.outcome, wrong.reason, wrong.more)
  }

  /** Looks again, and has what the run `id` left behind removed; nothing of one that may not have ended. */
  #verify(id?: string): Promise<Verified> {
    const ask: Ask = async (resources) => (await this.#link.session()).observe(resources, id)
    return verify(() => this.#look.decide(ask, this.#link.observe))
  }

  /** How the host's components are. What cannot be asked is red. */
  async health(recipes: readonly Recipe[]): Promise<Health> {
    const own = recipes.filter(({ name }) => this.has(name))
    return together(await Promise.all(own.map((recipe) => healthOf(recipe, this.host, this.#context.cluster, this.#net, this.#look.clean))))
  }

  /** Does the host have the recipe? */
  has = (recipe: string): boolean => this.#recipes.some(({ name }) => name === recipe)

  /** The recipes of this host that tell their health. */
  get watched(): readonly Recipe[] {
    return this.#recipes.filter((r) => r.health !== undefined)
  }

  /** What this host's recipes are told in its turn. */
  turn(): Turn {
    const { cluster, allow, signal, leave } = this.#context
    const say = (text: string) => this.#waits(text)
    return { host: this.host, cluster, allow, net: this.#net, signal: AbortSignal.any([signal, leave]), say }
  }

  /** Do the steps of this host interrupt a running service of the recipe? */
  interrupts = ({ name }: Recipe): boolean => this.decision?.interrupts.has(name) === true

  /** Writes down on the host that it is taken out of service. @throws TransportError, Error */
  markAway = async ({ name }: Recipe): Promise<unknown> => output(await this.#link.connection(), markAway(name))

  /** … that it is back. @throws TransportError, Error */
  markBack = async ({ name }: Recipe): Promise<unknown> => output(await this.#link.connection(), markBack(name))

  /** Asks the script that runs now to begin no further step. */
  stop = (): Promise<void> => this.#link.stop()

  /** Closes the connection; it is made anew when the host is asked for something again. */
  async close(): Promise<void> {
    const released = this.releaseLock()
    // who leaves does not wait for a host that may not answer: its lock ends with its link
    await this.#link.close(this.#context.leave.aborted ? undefined : released)
  }
}
