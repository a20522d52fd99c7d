import { there } from '../../lib/user-error.ts'
import type { Plan, Step } from '../../model/plan.ts'
import type { Recipe } from '../../model/recipe.ts'
import type { Change, Contents, Resource, Trigger } from '../../model/resource.ts'
import { type Compiled, canonical } from '../observe/compile.ts'
import type { Observation } from '../observe/observe.ts'
import { isMember, takenOutBy } from '../roll/away-mark.ts'
import { isRetired } from '../roll/retired.ts'

/** A plan and what is needed to carry it out. */
export interface Decision {
  readonly plan: Plan
  /** The host belongs to its cluster and is not to leave it. */
  readonly stays: boolean
  /** The resource of each step, in the same order. */
  readonly resources: readonly Resource[]
  /** All resources of the host, those that are in sync among them. */
  readonly all: readonly Resource[]
  /**
   * For each step, what two plans must agree on beyond their text. May be derived from secrets: never show or store it
   * unsalted.
   */
  readonly fingerprints: readonly string[]
  /** What each step's file holds before and after. Only for recipes' refusals: never show or store it. */
  readonly contents: readonly (Contents | undefined)[]
  /** For each step, its inputs that change in this run. */
  readonly triggers: readonly (readonly Trigger[])[]
  /**
   * The recipes whose running services these steps interrupt: all of the plan's `rolls`, except those of a member that
   * only returns to service.
   */
  readonly interrupts: ReadonlySet<string>
}

/** Do these steps make the host wait for its turn? */
export const takesTurn = ({ plan, resources }: Decision): boolean =>
  plan.rolls.length > 0 || resources.some(({ type }) => type.interruptsHost)

/** A unit's name with its ending, which systemd lets users omit. */
export const unitName = (name: string): string => (name.includes('.') ? name : `${name}.service`)

/** What the plan holds for one resource: nothing, or one step. */
interface DecidedStep {
  readonly resource: Resource
  readonly current: unknown
  readonly triggers: readonly Trigger[]
  readonly changes: readonly Change[]
  readonly step: Step
}

/** Resources that have a step, and whether their dependents only need a reload. */
type Changed = ReadonlyMap<string, { readonly reloads: boolean }>

/** The inputs of a resource that change in this run. */
const triggersOf = ({ type, props }: Resource, changed: Changed): readonly Trigger[] =>
  (type.inputs?.(props) ?? [])
    .filter((input) => changed.has(input.resource.id))
    .map(({ kind, resource: { id } }) => ({ kind: changed.get(id)?.reloads ? 'reload' : kind, resource: id }))

/** The step of one resource; a warning or nothing if it is in sync. */
function decideOne(
  resource: Resource,
  current: unknown,
  triggers: readonly Trigger[],
  allow: ReadonlySet<string>,
): DecidedStep | { readonly warning: string | undefined } {
  const { type, id, name, props } = resource
  const answer = type.diff(props, current, triggers)
  const refused = 'refusal' in answer && (answer.final === true || !allow.has(answer.refusal))
  const changes: readonly Change[] = 'refusal' in answer ? answer.changes : answer
  if (changes.length === 0 && !refused) {
    const warning = type.warn?.(props, current)
    const ofHost = isMember(resource) || isRetired(resource)
    return { warning: warning === undefined || ofHost ? warning : `${id}: ${warning}` }
  }
  const step = {
    resource: id,
    type: type.name,
    name,
    changes: changes.map(({ fingerprint: _, ...shown }) => shown),
    ...(refused ? { refusal: { ...answer, changes: [] } } : {}),
  }
  return { resource, current, triggers, changes, step }
}

/** The recipes whose services the steps interrupt, and those that they bring back into service. */
function interruptedBy(steps: readonly DecidedStep[], recipes: readonly Recipe[]) {
  const rolled = new Map(
    recipes.flatMap((r) => (r.rolling?.services ?? []).map((unit) => [unitName(unit), r.name] as const)),
  )
  const interrupts = new Set<string>()
  const comesBack = new Set<string>()
  for (const { resource, current, changes } of steps) {
    const { type, name } = resource
    if (type.interruptsHost) for (const { name, rolling } of recipes) if (rolling !== undefined) interrupts.add(name)
    if (takenOutBy(resource) !== undefined) interrupts.add(name)
    else if (isMember(resource)) comesBack.add(name)
    const unit = type.interrupts?.(name, current, changes)
    const recipe = unit === undefined ? undefined : rolled.get(unitName(unit))
    if (recipe !== undefined) interrupts.add(recipe)
  }
  return { interrupts, comesBack }
}

/** Decides what differs on a host, in order. Pure. `allow`: names of refusals that are waived. */
export function decide(
  compiled: Compiled,
  observed: Observation,
  recipes: readonly Recipe[],
  allow: ReadonlySet<string>,
): Decision {
  const changed = new Map<string, { readonly reloads: boolean }>()
  const decided: DecidedStep[] = []
  const warnings = new Set<string>()
  for (const resource of compiled.resources) {
    const current = observed.states.get(resource.id)
    const one = decideOne(resource, current, triggersOf(resource, changed), allow)
    if ('step' in one) {
      changed.set(resource.id, { reloads: resource.type.reloads?.(resource.props, current) === true })
      decided.push(one)
    } else if (one.warning !== undefined) warnings.add(one.warning)
  }
  const { interrupts, comesBack } = interruptedBy(decided, recipes)
  return {
    plan: {
      host: compiled.host.name,
      steps: decided.map(({ step }) => step),
      warnings: [...warnings],
      alsoInstalls: [],
      rolls: [...new Set([...interrupts, ...comesBack])],
    },
    stays: compiled.host.retire !== true,
    resources: decided.map(({ resource }) => resource),
    all: compiled.resources,
    fingerprints: decided.map(({ resource: { props }, changes }) =>
      [canonical(props), ...changes.map((c) => c.fingerprint ?? '')].join('\n'),
    ),
    contents: decided.map(({ resource: { type, props }, current }) => type.contents?.(props, current)),
    triggers: decided.map(({ triggers }) => triggers),
    interrupts,
  }
}

/** The steps in the form in which recipes see them when they decide what to refuse. */
export const stepsWithContents = ({ plan, contents }: Decision): readonly Step[] =>
  plan.steps.map((step, i) => (contents[i] === undefined ? step : { ...step, contents: contents[i] }))

const isRestart = ({ changes }: Step): boolean =>
  changes.some(({ action }) => action === 'restart' || action === 'reload')

/**
 * What a host still owes after an apply: units whose restart or reload was planned, or is needed now, and that are a
 * step again, and recipes that are out of service. A unit that never ran owes nothing.
 */
export function owedUnits(before: Decision, { plan, resources }: Decision): readonly string[] {
  const planned = new Set(before.plan.steps.flatMap((step) => (isRestart(step) ? [step.resource] : [])))
  return resources.flatMap((r, i) => {
    const step = there(plan.steps[i], 'a step')
    const owes = r.type.owe !== undefined && (isRestart(step) || planned.has(r.id))
    return owes || isMember(r) ? [r.name] : []
  })
}
