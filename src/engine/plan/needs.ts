import type { Need, Resource } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'

/** sh function `needs ID KIND NAME OF`: fails, and says it in a sentence, where the host does not have it. */
export const needFunctions: Script = shFile(import.meta.url, './needs.sh')

const needsOf = ({ type, name, props }: Resource): readonly Need[] => type.needs?.(name, props) ?? []

const ask = ({ id }: Resource, { kind, name, of }: Need): Script => sh`needs ${[id, kind, name, of]}`

/** Is there anything to be asked before a step? */
export const hasNeeds = (resources: readonly Resource[]): boolean =>
  resources.some((resource) => needsOf(resource).some(({ planned }) => planned !== true))

/** sh for the beginning of steps that are applied together: fails where one lacks what it needs, and blames it. */
export function asksNeeds(resources: readonly Resource[]): Script {
  const asked = new Set<string>()
  return join(
    resources.flatMap((resource, i) =>
      needsOf(resource).flatMap((need) => {
        const key = `${need.kind} ${need.name}`
        if (need.planned === true || asked.has(key)) return []
        asked.add(key)
        return resources.length === 1
          ? [sh`${ask(resource, need)} >&2`]
          : [sh`lack=$(${ask(resource, need)}) || { blame $((at + ${i})); echo "$lack" >&2; exit 1; }`]
      }),
    ),
  )
}

/** Types whose steps bring about nothing but what they are named by. */
const PLAIN = /^(file|template|directory|link|unit|timer|mount|sysctl|line|block|cron|hostname|hosts)$/

/** May this step bring what another one needs? */
function mayBring({ type, name, props }: Resource, need: Need): boolean {
  const gone = 'ensure' in props && props.ensure === 'absent'
  if (gone) return false
  if (type.name === 'user' || type.name === 'group')
    return /^(user|group)$/.test(need.kind) ? name === need.name : type.name === 'user' && need.name.startsWith('/')
  if (type.name === 'service' && /^(user|group|program)$/.test(need.kind)) return false
  if (!PLAIN.test(type.name)) return true
  return need.name === name || need.name.startsWith(`${name}/`)
}

/**
 * sh that prints, as `foresee` does, what the steps of a plan will lack: what neither the host has nor a step before
 * may bring.
 */
export function foreseeNeeds(steps: readonly Resource[]): Script {
  const seen = new Set<string>()
  const asked = steps.flatMap((resource, i) =>
    needsOf(resource).flatMap((need) => {
      const key = `${need.kind} ${need.name}`
      if (seen.has(key)) return []
      seen.add(key)
      const makers = need.later === true ? steps : steps.slice(0, i)
      return makers.some((step) => step !== resource && mayBring(step, need)) ? [] : [ask(resource, need)]
    }),
  )
  return asked.length === 0 ? empty : join([needFunctions, ...asked.map((one) => sh`${one} || :`)])
}
