import { there } from '../../lib/user-error.ts'
import type { Net } from '../../model/health.ts'
import type { Plan } from '../../model/plan.ts'
import type { Recipe, Turn } from '../../model/recipe.ts'
import type { Resource } from '../../model/resource.ts'
import type { Context } from '../context.ts'
import type { Over } from '../link/net.ts'
import type { Ask, Look } from '../observe/look.ts'
import { shownQuestions } from '../observe/observe.ts'
import { takenOutBy } from '../roll/away-mark.ts'
import { type Decision, stepsWithContents } from './decide.ts'
import { foresee } from './foresee.ts'
import { wrongFiles } from './local-files.ts'
import { byPlan, byRecipes, byResources, type RecipeAnswer, type RecipeRefusal } from './refusals.ts'

/** What differed on a host when it was last observed, and what forbids applying it. */
export class HostPlan {
  /** Set once the host has been observed, and again under its lock. */
  decision: Decision | undefined
  readonly #look: Look
  readonly #recipes: readonly Recipe[]
  readonly #net: Net
  readonly #context: Context
  #told: string | undefined
  #asked: ({ readonly plan: string } & RecipeAnswer) | undefined

  constructor(look: Look, recipes: readonly Recipe[], net: Net, context: Context) {
    this.#look = look
    this.#recipes = recipes
    this.#net = net
    this.#context = context
  }

  /** Observes the host and decides what differs. @throws as {@link Look.decide} does */
  async decide(ask: Ask, again: Ask): Promise<void> {
    this.decision = await this.#look.decide(ask, again)
  }

  /** What was decided. */
  get decided(): Decision {
    return there(this.decision, 'what was decided')
  }

  /** The sh that observes the host, for human readers. */
  get probes(): string {
    return shownQuestions(this.#look.resources())
  }

  /** All resources that its recipes want on the host. */
  get wanted(): readonly Resource[] {
    return this.#look.resources()
  }

  get inSync(): boolean {
    return this.decided.plan.steps.length === 0
  }

  /** The plan, unless it is the one that was reported last. */
  news(): Plan | undefined {
    const { plan } = this.decided
    const text = JSON.stringify(plan)
    if (text === this.#told) return undefined
    this.#told = text
    return plan
  }

  /** Adds what else the host's package manager would install, and what its recipes foresee. @throws TransportError */
  async foresee(over: Over, turn: Turn): Promise<void> {
    const decision = this.decided
    const { alsoInstalls, warnings } = await foresee(over, decision, this.#look.clean)
    const says = await this.#leaves(turn)
    this.decision = {
      ...decision,
      plan: { ...decision.plan, alsoInstalls, warnings: [...decision.plan.warnings, ...warnings, ...says] },
    }
  }

  /** What recipes say of members that are about to go out of service, if they know anything. */
  async #leaves(turn: Turn): Promise<readonly string[]> {
    const { cluster, hosts } = this.#context
    const out = new Set(this.decided.resources.flatMap((r) => (takenOutBy(r) === undefined ? [] : [r.name])))
    const together = cluster.hosts.filter(({ name }) => hosts.has(name) && name !== turn.host.name)
    const says = this.#recipes
      .filter(({ name }) => out.has(name))
      .map(({ rolling }) => rolling?.foresees?.(turn, together).catch(() => []))
    return (await Promise.all(says)).flatMap((each) => each ?? [])
  }

  /** Why it may not be applied: it differs from the approved plan, or its resources refuse. */
  refusedByPlan(): string | undefined {
    return lines(byPlan(this.decided, this.#context.approved))
  }

  /** Which of this machine's files have the wrong checksum. @throws if one cannot be read */
  async wrongFiles(): Promise<string | undefined> {
    return lines(await wrongFiles(this.decided.resources, this.#context.sums))
  }

  /**
   * What a recipe refuses without a waiver; asked on the host, once per plan unless it refuses. `itsTurn`: no other
   * host comes before it.
   * @throws as recipes do
   */
  async refusedByRecipe(waived: readonly string[] = [], itsTurn = false): Promise<RecipeRefusal | undefined> {
    const { cluster, hosts } = this.#context
    const allow = new Set([...this.#context.allow, ...waived])
    const plan = JSON.stringify(this.decided.plan)
    if (this.#asked?.plan !== plan || this.#asked.refusal !== undefined || (itsTurn && this.#asked.open)) {
      const host = this.#look.host()
      const earlier = itsTurn ? new Set<string>() : new Set([...hosts].filter((name) => name !== host.name))
      const about = { host, cluster, steps: stepsWithContents(this.decided), net: this.#net, allow, earlier }
      this.#asked = { plan, ...(await byRecipes(this.#recipes, about)) }
    }
    return this.#asked.refusal
  }

  /** What a recipe refused when it was asked about this plan. */
  get refusal(): RecipeRefusal | undefined {
    return this.#asked?.plan === JSON.stringify(this.decision?.plan) ? this.#asked?.refusal : undefined
  }

  /** Everything that its resources and a recipe refuse. @throws as recipes do */
  async refused(waived: readonly string[]): Promise<string | undefined> {
    const wrong = await wrongFiles(this.decided.resources, this.#context.sums)
    const byRecipe = await this.refusedByRecipe(waived)
    return lines([...byResources(this.decided.plan), ...wrong, ...(byRecipe === undefined ? [] : [byRecipe.says])])
  }
}

const lines = (reasons: readonly string[]): string | undefined =>
  reasons.length === 0 ? undefined : reasons.join('\n')
