import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Recipe } from '../../model/recipe.ts'
import type { Change, Resource } from '../../model/resource.ts'
import { STATE_DIR } from '../../shell/paths.ts'
import { join, sh, shFile } from '../../shell/script.ts'
import { unitJobFunction } from '../../shell/unit-job.ts'

/** The mark of a host that has said goodbye to the others and whose units were stopped. */
const MARK = `${STATE_DIR}/retired`

/** sh that prints something if the host has left. */
export const askRetired = sh`[ ! -e ${MARK} ] || echo left`

/** sh that removes the mark when the host is wanted again. */
export const forgetRetired = sh`rm -f ${MARK}`

const properties = v.object({
  /** The units of its components, in the order in which they are stopped. */
  units: v.array(v.string()),
  /** A cloud has launched the host. */
  launched: v.boolean(),
})
type Wish = v.InferOutput<typeof properties>

/** How far a host is on its way out. */
interface State {
  readonly left: boolean
  /** Units that run or would after a boot. */
  readonly units: readonly string[]
}

function diff(_: Wish, is: State | 'absent'): readonly Change[] {
  if (is === 'absent' || (is.left && is.units.length === 0)) return []
  const stops =
    is.units.length === 0 ? '' : `; stops ${is.units.map((unit) => unit.replace(/\.service$/, '')).join(', ')}`
  return [{ action: 'remove', text: `${is.left ? 'has left the cluster' : 'leaves the cluster'}${stops}` }]
}

/**
 * A host that is to leave. It has one step if it has not said goodbye yet, or a unit of its components runs. Its turn
 * takes it out of service and has its recipes say goodbye before the units are stopped.
 */
export const retired = defineResource<typeof properties, Wish, State>({
  name: 'retired',
  properties,
  interruptsHost: true,
  observe: (items) =>
    join([
      sh`mark=${MARK}`,
      shFile(import.meta.url, './retired-look.sh'),
      sh`look_at_units ${items.flatMap(({ props }) => props.units)}
      for name in ${items.map(({ name }) => name)}; do printf '%s\t%s\t%s\n' "$name" "$left" "$on"; done`,
    ]),
  parse([first = []]) {
    const [left = '', on = ''] = first
    return { left: left === 'yes', units: on.split(' ').filter((unit) => unit !== '') }
  },
  diff,
  warn({ launched }, is) {
    if (is === 'absent') return undefined
    const end = launched ? ', then provision terminate ends its instance' : ''
    return `It has left the cluster: take it out of the inventory${end}.`
  },
  apply: ({ props: { units } }) =>
    join([
      unitJobFunction,
      shFile(import.meta.url, './stop-units.sh'),
      sh`stop_units ${units}
      mkdir -p -m 700 ${STATE_DIR}
      : >${MARK}
      sync ${MARK} ${STATE_DIR}`,
    ]),
})

/** Does this resource retire a host? */
export const isRetired = (resource: Resource): boolean => resource.type === retired.type

/** All resources of a host that is to leave. Units stop in the reverse order of their start. */
export const wayOut = (host: InventoryHost, recipes: readonly Recipe[]): Resource => {
  const units = recipes
    .toReversed()
    .flatMap(({ unit, rolling }) => [...(unit ? [unit] : []), ...(rolling?.services ?? [])])
  return retired('host', { units: [...new Set(units)], launched: host.cloud !== undefined })
}
