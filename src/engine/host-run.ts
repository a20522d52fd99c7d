import { setTimeout as sleep } from 'node:timers/promises'
import type { InventoryHost } from '../inventory/cluster.ts'
import { recipesOf } from '../inventory/recipes.ts'
import type { Cost } from '../transport/transport.ts'
import { applyScript } from './apply.ts'
import { carryOut } from './carry-out.ts'
import type { Context } from './context.ts'
import { add, NOTHING } from './cost.ts'
import { type Decision, owedUnits } from './diff.ts'
import type { HostResult, Outcome } from './events.ts'
import { foresee } from './foresee.ts'
import { healthOf, together } from './health.ts'
import { type Ask, type Look, lookAt } from './look.ts'
import { isMember, markAway, markBack } from './member.ts'
import { message } from './message.ts'
import { netOf, output } from './net.ts'
import { howItEnded } from './outcome.ts'
import type { Plan } from './plan.ts'
import type { Health, Net, Recipe, Turn } from './recipe.ts'
import { byPlan, byRecipes, byResources, type RecipeRefusal } from './refusals.ts'
import type { Resource } from './resource.ts'
import { BusyError, InterruptedError, type Lock, Session } from './session.ts'

const BUSY_RETRY = 2_000

/** One host's way through a run. Owns its connection. Its methods do not throw what belongs to the host: that becomes its result. */
export class HostRun {
  readonly host: InventoryHost
  /** Set once the host is looked at, and anew under its lock. */
  decision: Decision | undefined
  result: HostResult | undefined
  /** What one of its recipes refused before anything was changed anywhere. */
  refusal: RecipeRefusal | undefined
  readonly #context: Context
  readonly #start: number
  readonly #recipes: readonly Recipe[]
  readonly #look: Look
  #session: Session | undefined
  #lock: Lock | undefined
  #shown: string | undefined
  #applying = false
  #applied = 0
  #spent = NOTHING

  constructor(host: InventoryHost, context: Context) {
    this.host = host
    this.#context = context
    this.#start = context.now()
    this.#recipes = recipesOf(host, context.cluster.roles)
    this.#look = lookAt(host, this.#recipes, context)
  }

  get name(): string {
    return this.host.name
  }

  /** Ends the host's part of the run. The first end counts. */
  finish(outcome: Outcome, reason?: string, more: { output?: readonly string[]; owed?: readonly string[]; script?: string } = {}): void {
    if (this.result !== undefined) return
    const plan = this.decision?.plan
    this.result = {
      host: this.name,
      outcome,
      steps: outcome === 'planned' || outcome === 'refused' ? (plan?.steps.length ?? 0) : this.#applied,
      ...(reason === undefined ? {} : { reason: this.#look.clean(reason) }),
      ...(more.output === undefined ? {} : { output: more.output }),
      owed: more.owed ?? [],
      ms: Math.round(this.#context.now() - this.#start),
      cost: this.#cost(),
      ...(plan === undefined ? {} : { plan }),
      ...(more.script === undefined ? {} : { script: more.script }),
    }
    this.#context.emit({ event: 'host', ...this.result })
  }

  #cost(): Cost {
    const now = this.#session?.connection.cost ?? NOTHING
    return add(this.#spent, now)
  }

  #fail(error: unknown): void {
    const { outcome, reason } = howItEnded(error, {
      leaving: this.#context.leave.aborted,
      applying: this.#applying,
      applied: this.#applied > 0,
    })
    this.finish(outcome, reason)
  }

  /** Connects. @throws TransportError */
  async connect(): Promise<Session> {
    if (this.#session !== undefined) return this.#session
    this.#context.emit({ event: 'connecting', host: this.name })
    const connection = await this.#context.transport.connect(this.host, this.#context.leave)
    this.#session = new Session(connection, this.#context)
    return this.#session
  }

  /** Looks at the host and decides what differs. One exec; two where no facts of it are cached, or a fact has changed that its recipes use. */
  async look(): Promise<void> {
    try {
      await this.connect()
      this.#context.emit({ event: 'observing', host: this.name })
      await this.#look.recall(this.#ask)
      await this.#decide(this.#ask)
      this.#show()
    } catch (error) {
      this.#fail(error)
    }
  }

  #ask: Ask = async (resources) => (await this.connect()).observe(resources)

  async #decide(ask: Ask): Promise<void> {
    this.decision = await this.#look.decide(ask, this.#ask)
  }

  /** Tells the plan; false where this very one was told already. */
  #show(): boolean {
    const text = JSON.stringify(this.#plan())
    if (text === this.#shown) return false
    this.#shown = text
    this.#context.emit({ event: 'plan', host: this.name, plan: this.#plan() })
    return true
  }

  #plan(): Plan {
    return (this.decision as Decision).plan
  }

  /** Ends a host that only was to be looked at; asks what else its package manager would bring. */
  async finishPlan(): Promise<void> {
    if (this.result !== undefined) return
    try {
      const decision = this.decision as Decision
      if (decision.plan.steps.length === 0) return this.finish('in-sync')
      const alsoInstalls = await foresee((await this.connect()).connection, decision, this.#look.clean)
      this.decision = { ...decision, plan: { ...decision.plan, alsoInstalls } }
      const script = this.#context.script ? { script: applyScript(decision).shown } : {}
      const byRecipe = await this.#refusedByRecipe()
      const refusals = [...byResources(decision.plan), ...(byRecipe === undefined ? [] : [byRecipe.says])]
      if (refusals.length > 0) this.finish('refused', refusals.join('\n'), script)
      else this.finish('planned', undefined, script)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Asks whether what differs may be applied at all: the resources' own refusals, the reviewed plan, the recipes. Nothing has changed yet. */
  async mayApply(): Promise<void> {
    if (this.result !== undefined) return
    if (this.#plan().steps.length === 0 && this.#context.approved === undefined) return this.finish('in-sync')
    if (this.#refusedByPlan()) return
    if (this.#plan().steps.length === 0) return this.finish('in-sync')
    try {
      this.refusal = await this.#refusedByRecipe()
      if (this.refusal !== undefined) this.finish('refused', this.refusal.says)
    } catch (error) {
      this.#fail(error)
    }
  }

  #refusedByRecipe(): Promise<RecipeRefusal | undefined> {
    const { cluster, allow } = this.#context
    return byRecipes(this.#recipes, { host: this.#look.host(), cluster, plan: this.#plan(), net: this.#net(), allow })
  }

  #refusedByPlan(): boolean {
    const reasons = byPlan(this.decision as Decision, this.#context.approved)
    if (reasons.length > 0) this.finish('refused', reasons.join('\n'))
    return reasons.length > 0
  }

  /** Takes the host's run lock, also where it went with its link; waits for it where the run says so. @throws BusyError, TransportError */
  async takeLock(): Promise<void> {
    if (this.#lock?.lost === false) return
    const session = await this.connect()
    if (this.#lock !== undefined) await session.reconnect()
    const ask: Ask = async (resources) => {
      const { lock, observed } = await session.lock(resources)
      this.#lock = lock
      return observed
    }
    await this.#patiently(() => (this.decision === undefined ? ask([]) : this.#decide(ask)))
  }

  /** Does what another run may forbid; where this run waits for others, again and again until none does. @throws BusyError */
  async #patiently(attempt: () => Promise<unknown>): Promise<void> {
    const { signal, leave, wait, emit } = this.#context
    for (;;) {
      try {
        await attempt()
        return
      } catch (error) {
        if (!(error instanceof BusyError) || !wait || signal.aborted || leave.aborted) throw error
        emit({ event: 'waiting', host: this.name, for: this.#look.clean(`another run: ${error.owner}`) })
        await sleep(BUSY_RETRY, undefined, { signal: AbortSignal.any([signal, leave]) }).catch(() => undefined)
      }
    }
  }

  async releaseLock(): Promise<void> {
    const lock = this.#lock
    this.#lock = undefined
    await lock?.release().catch(() => undefined)
  }

  /**
   * Applies what differs and looks again. Takes the lock unless it is held already (then the host is looked at anew). Where all went well the result
   * stays open: the gate comes first. It also stays open, and nothing is done, where the lock was not held and the host turns out to be one that must
   * wait for its turn (`decision.plan.rolls`). `prepare` comes before the first step, when nothing can be refused any more.
   */
  async converge(prepare?: () => Promise<void>): Promise<void> {
    const mine = this.#lock === undefined
    let fresh = mine
    try {
      if (mine) await this.takeLock()
      await this.#patiently(async () => {
        if (!fresh) await this.#decide(this.#ask)
        fresh = false
        this.#applying = false
        if (this.#context.signal.aborted) return this.finish('blocked', 'stopped as asked, before its turn')
        if (this.#refusedByPlan()) return
        const decision = this.decision as Decision
        if (decision.plan.steps.length === 0) return this.finish('in-sync')
        const refusal = this.#show() ? await this.#refusedByRecipe() : undefined // of a plan that it has not seen yet
        if (refusal !== undefined) return this.finish('refused', refusal.says)
        if (mine && decision.plan.rolls.length > 0) return
        await prepare?.()
        if (this.result === undefined) await this.#carryOut(decision)
      })
    } catch (error) {
      if (error instanceof InterruptedError) this.finish('failed', error.message, { owed: (await this.#verify()).owed })
      else this.#fail(error)
    } finally {
      if (mine) await this.releaseLock()
    }
  }

  async #carryOut(decision: Decision): Promise<void> {
    const { steps } = decision.plan
    const session = await this.connect()
    const applied = (n: number) => {
      this.#applied = n
    }
    this.#applying = true
    const { id, status, failed, output } = await carryOut(session, decision, this.#look.clean, applied, this.#context)
    this.#applying = false
    this.#context.emit({ event: 'verifying', host: this.name })
    const { owed, ...after } = await this.#verify(id)
    if (status === 130 && failed === undefined && this.#context.signal.aborted) {
      this.finish(
        'blocked',
        `stopped as asked, after ${this.#applied} of ${steps.length} steps. Run the same command again: what was owed is remembered.`,
        { owed },
      )
    } else if (status !== 0) {
      const what = steps[failed ?? -1]?.resource ?? 'its script'
      this.finish('failed', `${what} failed: exit ${status}.`, { output, owed })
    } else if (after.error !== undefined) this.finish('failed', `applied, but it cannot be observed again: ${after.error}`)
    else if (after.steps.length > 0) this.finish('failed', `did not converge: ${after.steps.join('; ')}`, { owed })
  }

  /** Looks again after an apply: what still differs, and what is still owed. */
  async #verify(id?: string): Promise<{ steps: readonly string[]; owed: readonly string[]; error?: string }> {
    try {
      const decision = await this.#look.decide(async (resources) => (await this.connect()).observe(resources, id), this.#ask)
      return {
        // a member is brought back when its steps are done
        steps: decision.plan.steps
          .filter((_, i) => !isMember(decision.resources[i] as Resource))
          .map((s) => `${s.resource}: ${s.changes.map((c) => c.text).join(', ')}`),
        owed: owedUnits(decision),
      }
    } catch (error) {
      return { steps: [], owed: [], error: message(error) }
    }
  }

  #net(): Net {
    return netOf(async () => (await this.connect()).connection)
  }

  /** How the host's components are. What cannot be asked is red. */
  async health(recipes: readonly Recipe[]): Promise<Health> {
    const own = recipes.filter(({ name }) => this.has(name))
    return together(
      await Promise.all(own.map((recipe) => healthOf(recipe, this.host, this.#context.cluster, this.#net(), this.#look.clean))),
    )
  }

  /** Does the host have the recipe? */
  has = (recipe: string): boolean => this.#recipes.some(({ name }) => name === recipe)

  /** The recipes of this host that tell their health. */
  get watched(): readonly Recipe[] {
    return this.#recipes.filter((r) => r.health !== undefined)
  }

  /** What this host's recipes are told in its turn. */
  turn(): Turn {
    const { cluster, allow, signal, leave, emit } = this.#context
    const say = (text: string) => emit({ event: 'waiting', host: this.name, for: this.#look.clean(text) })
    return { host: this.host, cluster, allow, net: this.#net(), signal: AbortSignal.any([signal, leave]), say }
  }

  /** Do the steps of this host interrupt a running service of the recipe? */
  interrupts = ({ name }: Recipe): boolean => this.decision?.interrupts.has(name) === true

  /** Writes down on the host that it is taken out of service. @throws TransportError, Error */
  markAway = async ({ name }: Recipe): Promise<unknown> => output((await this.connect()).connection, markAway(name))

  /** … that it is back. @throws TransportError, Error */
  markBack = async ({ name }: Recipe): Promise<unknown> => output((await this.connect()).connection, markBack(name))

  /** Asks the script that runs now to begin no further step. */
  async stop(): Promise<void> {
    await this.#session?.stop().catch(() => undefined)
  }

  /** Closes the connection; it is made anew when the host is asked for something again. */
  async close(): Promise<void> {
    const session = this.#session
    const released = this.releaseLock()
    // who leaves does not wait for a host that may not answer: its lock ends with its link
    if (!this.#context.leave.aborted) await released
    this.#spent = this.#cost()
    this.#session = undefined
    await session?.connection.close().catch(() => undefined)
  }
}
