import { groupsOf } from '../../src/engine/apply/apply-script.ts'
import { probeOf } from '../../src/engine/observe/observe.ts'
import {
  type Change,
  type Item,
  type Refusal,
  type Resource,
  type ResourceType,
  repair,
} from '../../src/model/resource.ts'
import { empty, join, type Script } from '../../src/shell/script.ts'

/** Runs scripts: returns their standard output, throws if they fail. */
export type Run = (script: Script) => string

type Any = ResourceType<object, unknown>
const typeOf = (r: Resource): Any => r.type as unknown as Any
const itemOf = (r: Resource): Item<object> => ({ name: r.name, props: r.props })

/** The smallest possible engine: probes resources of one type and returns the differences. */
export function plan(run: Run, resources: readonly Resource[]): readonly (readonly Change[] | Refusal)[] {
  const [first] = resources
  if (first === undefined) return []
  const type = typeOf(first)
  const records = run(probeOf(type, resources.map(itemOf)))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
  return resources.map((r) => {
    const own = records.filter(([name]) => name === r.name).map(([, ...fields]) => fields)
    if (own.length === 0) throw new Error(`no answer for ${r.id}`)
    const complaint = own.find(([word]) => word === '!')
    if (complaint !== undefined) throw new Error(`${r.id}: ${complaint[1]}`)
    return type.diff(r.props as never, type.parse(own), [])
  })
}

/** Is everything as wanted? */
export const inSync = (run: Run, resources: readonly Resource[]): boolean =>
  plan(run, resources).every((changes) => Array.isArray(changes) && changes.length === 0)

/** Applies the differences; returns them, one list per resource. */
export function converge(run: Run, resources: readonly Resource[]): readonly (readonly Change[] | Refusal)[] {
  const plans = plan(run, resources)
  const differing = resources.filter((_, i) => (plans[i] as readonly Change[]).length !== 0)
  for (const group of groupsOf(differing))
    run(join([group.type.functions ?? empty, repair(group.type, group.resources.map(itemOf))]))
  return plans
}

type Verdict = readonly Change[] | Refusal | undefined

/** The changes in a verdict that is not a refusal. */
export function changesOf(verdict: Verdict): readonly Change[] {
  if (verdict === undefined || 'refusal' in verdict) throw new Error(`expected changes, got ${JSON.stringify(verdict)}`)
  return verdict
}

/** The refusal in a verdict. */
export function refusalOf(verdict: Verdict): Refusal {
  if (verdict === undefined || !('refusal' in verdict))
    throw new Error(`expected a refusal, got ${JSON.stringify(verdict)}`)
  return verdict
}
