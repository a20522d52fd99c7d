import { there } from '../../lib/user-error.ts'
import { type Clean, cleaner, redactor, secretsIn } from '../../model/clean.ts'
import type { Facts } from '../../model/facts.ts'
import type { Host, InventoryHost } from '../../model/host.ts'
import { withTexts } from '../../model/plan.ts'
import type { Recipe } from '../../model/recipe.ts'
import type { Resource } from '../../model/resource.ts'
import type { Context } from '../context.ts'
import { type Decision, decide } from '../plan/decide.ts'
import { type Compiled, compile, RecipeError } from './compile.ts'
import { CLOCK_LIMIT } from './facts.ts'
import type { Observation } from './observe.ts'

/** Asks a host for its facts and the state of the given resources. */
export type Ask = (resources: readonly Resource[]) => Promise<Observation>

/** What a run knows of one host. */
export interface Look {
  /** Cleans text from the host so that it can be shown. */
  readonly clean: Clean
  /** All resources that its recipes want on it. */
  resources(): readonly Resource[]
  /** The host as its recipes see it. @throws if it has never been observed */
  host(): Host
  /**
   * Takes the facts from the last run; asks the host if there are none, or if the recipes cannot be evaluated with
   * them.
   */
  recall(ask: Ask): Promise<void>
  /**
   * Observes the host and decides what differs. If a fact that its recipes use has changed, calls `again` with the
   * resources that follow from the new facts.
   * @param asked when the host was asked, if it was before (milliseconds since 1970)
   * @throws RecipeError if a resource could not be observed, or the host's clock is off
   */
  decide(ask: Ask, again: Ask, asked?: number): Promise<Decision>
}

/** Starts with a host of which nothing is known yet. */
export function lookAt(
  host: InventoryHost,
  recipes: readonly Recipe[],
  { cluster, facts: cache, allow, about, who }: Context,
): Look {
  let facts: Facts | undefined
  let compiled: Compiled | undefined
  const given = secretsIn(host.vars)
  let clean = cleaner(given) // also for the message of a recipe that throws
  let redact = redactor(given)

  const learn = async (read: Facts): Promise<void> => {
    facts = read
    await cache.set(host, read)
  }
  const compileWith = (read: Facts): Compiled => {
    const all = compile(host, read, cluster)
    const fresh = about === undefined ? all : { ...all, resources: about(host, who) }
    const secrets = new Set(given)
    for (const { props } of fresh.resources) secretsIn(props, secrets)
    clean = cleaner(secrets)
    redact = redactor(secrets)
    return fresh
  }
  return {
    clean: (text) => clean(text),
    resources: () => compiled?.resources ?? [],
    host: () => there(compiled, 'what was compiled').host,
    async recall(ask) {
      facts = await cache.get(host)
      try {
        if (facts !== undefined) compiled = compileWith(facts)
      } catch (error) {
        if (!(error instanceof RecipeError)) throw error
      }
      if (compiled === undefined) await learn((await ask([])).facts)
    },
    async decide(ask, again, asked = Date.now()) {
      let wanted = compiled ?? compileWith(there(facts, 'what was read'))
      let observed = await ask(wanted.resources)
      const before = facts
      if (JSON.stringify(observed.facts) !== JSON.stringify(before)) {
        const stale = [...wanted.used].some(
          (fact) => JSON.stringify(observed.facts[fact]) !== JSON.stringify(before?.[fact]),
        )
        await learn(observed.facts)
        // not stale, so the list stays the same; but what recipes refuse depends on facts, too
        wanted = compileWith(observed.facts)
        if (stale) observed = await again(wanted.resources)
      }
      compiled = wanted
      if (!allow.has('clock')) checkClock(observed.clock, asked / 1000, Date.now() / 1000)
      if (observed.errors.length > 0) throw new RecipeError(observed.errors.join('\n'))
      const decision = decide(wanted, observed, recipes, allow)
      return { ...decision, plan: withTexts(decision.plan, redact) }
    },
  }
}

/** The host read its clock some time between `asked` and `answered` (all in seconds). */
function checkClock(clock: number, asked: number, answered: number): void {
  const off = Math.round(clock < asked ? clock - asked : Math.max(0, clock - answered))
  if (Math.abs(off) <= CLOCK_LIMIT) return
  const how = off > 0 ? 'ahead of' : 'behind'
  throw new RecipeError(
    `its clock is ${Math.abs(off)} s ${how} this machine's: set the wrong one right first, or waive it with --allow clock`,
  )
}
