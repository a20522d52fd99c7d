import type { Plan, Step } from '../../model/plan.ts'
import type { Recipe } from '../../model/recipe.ts'
import type { Change, Contents, Resource, Trigger } from '../../model/resource.ts'
import { type Compiled, canonical } from '../observe/compile.ts'
import type { Observation } from '../observe/observe.ts'
import { isMember, takenOutBy } from '../roll/away-mark.ts'

/** A plan with what it takes to carry it out. */
export interface Decision {
  readonly plan: Plan
  /** The resource of each step, in the same order. */
  readonly resources: readonly Resource[]
  /**
   * For each step, what two plans must agree on beyond their text. May be made from secrets: never show or store it
   * unsalted.
   */
  readonly fingerprints: readonly string[]
  /** What each step's file holds before and after. Only for what recipes refuse: never show or store it. */
  readonly contents: readonly (Contents | undefined)[]
  /** What changes of each step's inputs in this run. */
  readonly triggers: readonly (readonly Trigger[])[]
  /**
   * The recipes whose running services these steps interrupt: all of the plan's `rolls` but those of a member that is
   * only to be brought back.
   */
  readonly interrupts: ReadonlySet<string>
}

/** Must the host wait for its turn with these steps? */
export const takesTurn = ({ plan, resources }: Decision): boolean =>
  plan.rolls.length > 0 || resources.some(({ type }) => type.interruptsHost)

/** With or without its ending, a unit is the same one. */
export const unitName = (name: string): string => (name.includes('.') ? name : `${name}.service`)

/** What differs on a host, in order. Pure. `allow`: names of refusals that are waived. */
export function decide(
  compiled: Compiled,
  observed: Observation,
  recipes: readonly Recipe[],
  allow: ReadonlySet<string>,
): Decision {
  const changed = new Map<string, { readonly reloads: boolean }>()
  const steps: Step[] = []
  const resources: Resource[] = []
  const fingerprints: string[] = []
  const contents: (Contents | undefined)[] = []
  const allTriggers: (readonly Trigger[])[] = []
  const warnings: string[] = []
  const rolled = new Map(
    recipes.flatMap((r) => (r.rolling?.services ?? []).map((unit) => [unitName(unit), r.name] as const)),
  )
  const interrupts = new Set<string>()
  const comesBack = new Set<string>()
  for (const resource of compiled.resources) {
    const type = resource.type
    const current = observed.states.get(resource.id)
    const triggers = (type.inputs?.(resource.props) ?? [])
      .filter((i) => changed.has(i.resource.id))
      .map(
        ({ kind, resource: { id } }): Trigger => ({ kind: changed.get(id)?.reloads ? 'reload' : kind, resource: id }),
      )
    const answer = type.diff(resource.props, current, triggers)
    const refused = 'refusal' in answer && (answer.final === true || !allow.has(answer.refusal))
    const changes: readonly Change[] = 'refusal' in answer ? answer.changes : answer
    if (changes.length === 0 && !refused) {
      const warning = type.warn?.(resource.props, current)
      if (warning !== undefined) warnings.push(isMember(resource) ? warning : `${resource.id}: ${warning}`)
      continue
    }
    changed.set(resource.id, { reloads: type.reloads?.(resource.props, current) === true })
    steps.push({
      resource: resource.id,
      type: type.name,
      name: resource.name,
      changes: changes.map(({ fingerprint: _, ...shown }) => shown),
      ...(refused ? { refusal: { ...answer, changes: [] } } : {}),
    })
    resources.push(resource)
    fingerprints.push([canonical(resource.props), ...changes.map((c) => c.fingerprint ?? '')].join('\n'))
    contents.push(type.contents?.(resource.props, current))
    allTriggers.push(triggers)
    if (type.interruptsHost) for (const { name, rolling } of recipes) if (rolling !== undefined) interrupts.add(name)
    if (takenOutBy(resource) !== undefined) interrupts.add(resource.name)
    else if (isMember(resource)) comesBack.add(resource.name)
    const unit = type.interrupts?.(resource.name, current, changes)
    const recipe = unit === undefined ? undefined : rolled.get(unitName(unit))
    if (recipe !== undefined) interrupts.add(recipe)
  }
  return {
    plan: {
      host: compiled.host.name,
      steps,
      warnings: [...new Set(warnings)],
      alsoInstalls: [],
      rolls: [...new Set([...interrupts, ...comesBack])],
    },
    resources,
    fingerprints,
    contents,
    triggers: allTriggers,
    interrupts,
  }
}

/** The steps as recipes see them when they are asked what they refuse. */
export const stepsWithContents = ({ plan, contents }: Decision): readonly Step[] =>
  plan.steps.map((step, i) => (contents[i] === undefined ? step : { ...step, contents: contents[i] }))

/**
 * What a host that was just applied still waits for: units whose start, restart or reload is a step again, recipes that
 * are out of service.
 */
export const owedUnits = ({ resources }: Decision): readonly string[] =>
  resources.filter((r) => r.type.owe !== undefined || isMember(r)).map((r) => r.name)
