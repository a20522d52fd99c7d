import { type AnyType, type Resource, repair } from '../../model/resource.ts'
import { RUN_DIR } from '../../shell/paths.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import type { Decision } from '../plan/decide.ts'
import { hinderedFunctions, saysWhatHinders } from './hindered.ts'

/** Steps that are applied by one script: one, or neighbours of a type that takes them together. */
interface Group {
  /** Index of its first step in the plan, from 0. */
  readonly first: number
  readonly type: AnyType
  readonly resources: readonly Resource[]
}

/** The steps of a plan as they are applied. Pure. */
export function groupsOf(resources: readonly Resource[]): readonly Group[] {
  const groups: { first: number; type: AnyType; resources: Resource[] }[] = []
  resources.forEach((resource, i) => {
    const last = groups.at(-1)
    if (last !== undefined && resource.type.applyTogether !== undefined && last.type === resource.type)
      last.resources.push(resource)
    else groups.push({ first: i, type: resource.type, resources: [resource] })
  })
  return groups
}

/**
 * The marks to write before each step: a restart or reload is owed from the first change of an input until it has
 * succeeded.
 */
export function marksBefore(decision: Decision): ReadonlyMap<number, readonly Script[]> {
  const marks = new Map<number, Script[]>()
  const at = new Map(decision.resources.map((r, i) => [r.id, i]))
  decision.triggers.forEach((triggers, i) => {
    const { type, name } = decision.resources[i] as Resource
    if (triggers.length === 0 || type.owe === undefined) return
    const first = Math.min(...triggers.map((t) => at.get(t.resource) as number))
    // a restart may be in the plan for another reason than these inputs (it is owed already): the mark must not say
    // less
    const restarts =
      triggers.some((t) => t.kind === 'restart') || decision.plan.steps[i]?.changes.some((c) => c.action === 'restart')
    const kind = restarts ? 'restart' : 'reload'
    const changing = triggers.map((t) => decision.resources[at.get(t.resource) as number] as Resource)
    marks.set(first, [...(marks.get(first) ?? []), type.owe(name, kind, changing)])
  })
  return marks
}

/**
 * The sh that carries out a plan, as it runs detached on the host: each group in a subshell of its own under `set -e`,
 * announced by `ID step N` (the first step's number, from 1; its resources stand beside it for who reads the script)
 * and closed by `ID ok N`. `run_id` is set around it. No new group starts once the stop file exists.
 */
export function applyScript(decision: Decision): Script {
  const marks = marksBefore(decision)
  const groups = groupsOf(decision.resources).map(({ first, type, resources }) => {
    const before = resources.flatMap((_, i) => marks.get(first + i) ?? [])
    return join([
      sh`

        step ${[first + 1, ...resources.map(({ id }) => id)]}`,
      sh`( set -e`,
      saysWhatHinders(resources),
      ...before,
      repair(
        type,
        resources.map(({ name, props }) => ({ name, props })),
      ),
      sh`) 9>&-`,
      sh`ok ${first + 1}`,
    ])
  })
  return join([
    sh`
      # Each step is told of before and after it. No new one begins once there is a stop file. Descriptor 9 is the run's lock: no daemon keeps it.
      step() { [ ! -e ${RUN_DIR}/"$run_id.stop" ] || exit 130; printf '\n%s step %s\n' "$run_id" "$1"; }
      ok() { printf '\n%s ok %s\n' "$run_id" "$1"; }`,
    decision.resources.some(({ type }) => type.places) ? hinderedFunctions : empty,
    ...new Set(decision.resources.flatMap(({ type }) => type.functions ?? [])),
    ...groups,
  ])
}
