import { there } from '../../lib/user-error.ts'
import { type AnyType, type IdKind, type Resource, repair } from '../../model/resource.ts'
import { RUN_DIR } from '../../shell/paths.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import type { Decision } from '../plan/decide.ts'
import { asksNeeds, brokenLink, hasNeeds, needFunctions } from '../plan/needs.ts'
import { forgetRetired } from '../roll/retired.ts'
import { asksAboutRows, asksWhetherAllCanGo, hinderedFunctions, saysWhatHinders } from './hindered.ts'

/** Steps that one script applies together: a single step, or neighbours of a type that has `applyTogether`. */
interface Group {
  /** Index of its first step in the plan, from 0. */
  readonly first: number
  readonly type: AnyType
  readonly resources: readonly Resource[]
  /** Its step only starts the work; a later group waits until it has settled. */
  readonly later?: true
}

/** If a larger group fails, the script does not check each of its resources for obstacles. */
const MOST_ASKED = 20

/** Groups a plan's steps as they will be applied. Pure. */
export function groupsOf(resources: readonly Resource[]): readonly Group[] {
  const groups = neighbours(resources)
  return groups.map((group, i) => {
    if (group.type.settle === undefined) return group
    const next = groups.slice(i + 1).find(({ type }) => type.aside !== true)
    return next?.type === group.type ? { ...group, later: true } : group
  })
}

function neighbours(resources: readonly Resource[]): readonly Group[] {
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
 * The marks to write before each step: from the first change to an input, the host owes a restart or reload until it
 * has succeeded.
 */
export function marksBefore(decision: Decision): ReadonlyMap<number, readonly Script[]> {
  const marks = new Map<number, Script[]>()
  const at = new Map(decision.resources.map((r, i) => [r.id, i]))
  const indexOf = (id: string): number => there(at.get(id), id)
  decision.triggers.forEach((triggers, i) => {
    const { type, name } = there(decision.resources[i], 'a resource')
    if (triggers.length === 0 || type.owe === undefined) return
    const first = Math.min(...triggers.map((t) => indexOf(t.resource)))
    // The restart may be in the plan for another reason (an earlier run left it owed); the mark must not downgrade it.
    const restarts =
      triggers.some((t) => t.kind === 'restart') || decision.plan.steps[i]?.changes.some((c) => c.action === 'restart')
    const kind = restarts ? 'restart' : 'reload'
    const changing = triggers.map((t) => there(decision.resources[indexOf(t.resource)], 'an input'))
    marks.set(first, [...(marks.get(first) ?? []), type.owe(name, kind, changing)])
  })
  return marks
}

/**
 * The sh that carries out a plan, detached on the host. Each group runs in its own subshell under `set -e`. The script
 * prints `ID step N` before a group (N is its first step, from 1; comments name its resources for human readers) and
 * `ID ok N` after it, or, if the group takes a while to settle, once it has settled. `ID failed N` reports a group that
 * failed. `run_id` is set around it. No group starts once the stop file exists.
 */
export function applyScript(decision: Decision): Script {
  const marks = marksBefore(decision)
  const groups = groupsOf(decision.resources)
  const rows = asksAboutRows(groups.map(({ resources }) => resources))
  return join([
    sh`
      # Each step is told of before and after it. No new one begins once there is a stop file. Descriptor 9 is the run's lock: no daemon keeps it.
      step() { at=$1; [ ! -e ${RUN_DIR}/"$run_id.stop" ] || exit 130; printf '\n%s step %s\n' "$run_id" "$1"; }
      ok() { for n do printf '\n%s ok %s\n' "$run_id" "$n"; done; }
      blame() { printf '\n%s failed %s\n' "$run_id" "$1"; }`,
    decision.stays ? forgetRetired : empty,
    brokenLink,
    decision.resources.some(({ type }) => type.places ?? type.writes) ? hinderedFunctions : empty,
    hasNeeds(decision.resources) ? needFunctions : empty,
    decision.resources.some(({ type }) => type.id) ? statedIds(decision.resources) : empty,
    ...new Set(decision.resources.flatMap(({ type }) => type.functions ?? [])),
    preludes(decision),
    settleAtEnd(groups),
    ...groups.flatMap((group, i) => [rows[i] ?? empty, ...groupScript(group, marks)]),
  ])
}

/** What types want to be told before their first step. */
function preludes({ resources, all }: Decision): Script {
  const types = new Set(resources.map(({ type }) => type))
  return join(
    [...types].map((type) => {
      const items = all.filter((resource) => resource.type === type).map(({ name, props }) => ({ name, props }))
      return type.prelude?.(items) ?? empty
    }),
  )
}

/** sh that lists the numbers that steps give to accounts. */
function statedIds(resources: readonly Resource[]): Script {
  const ids = resources.flatMap(({ type, props }) => type.id?.(props) ?? [])
  const of = (kind: IdKind) => ids.flatMap((id) => (id.kind === kind ? [id.number] : [])).join(' ')
  return sh`stated_uid=${of('uid')} stated_gid=${of('gid')}`
}

function groupScript(
  { first, type, resources, later }: Group,
  marks: ReadonlyMap<number, readonly Script[]>,
): readonly Script[] {
  const waits = type.settle !== undefined && !later
  return [
    sh`

      step ${[first + 1, ...resources.map(({ id }) => id)]}`,
    waits ? sh`settling=$begun begun=` : empty,
    sh`( set -e`,
    asksNeeds(resources),
    asksWhetherAllCanGo(resources),
    resources.length > MOST_ASKED ? empty : saysWhatHinders(resources),
    ...resources.flatMap((_, i) => marks.get(first + i) ?? []),
    repair(
      type,
      resources.map(({ name, props }) => ({ name, props })),
      !later,
    ),
    sh`) 9>&-`,
    later ? sh`begun="$begun "${first + 1}` : sh`ok ${waits ? sh`$settling ` : empty}${first + 1}`,
  ]
}

/** Even if another step fails, or the run is stopped, the script waits for the steps that it started earlier. */
function settleAtEnd(groups: readonly Group[]): Script {
  const types = new Set(groups.flatMap(({ type, later }) => (later ? type : [])))
  if (types.size === 0) return empty
  return join([
    sh`
      begun=
      settle_rest() {
        status=$?
        blame() { :; }
        ( set -e`,
    ...[...types].map(({ settle = empty }) => settle),
    sh`
        ) 9>&- && ok $begun
        exit $status
      }
      trap settle_rest EXIT`,
  ])
}
