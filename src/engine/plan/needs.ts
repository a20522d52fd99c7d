import type { Need, Resource } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'

/** sh function `broken_link PATH`: reports a symbolic link on the way to PATH that leads nowhere. */
export const brokenLink: Script = shFile(import.meta.url, './broken-link.sh')

/**
 * sh function `needs ID KIND NAME OF FROM`: fails with a sentence if the host lacks it; requires {@link brokenLink}.
 */
export const needFunctions: Script = shFile(import.meta.url, './needs.sh')

function needsOf({ type, name, props }: Resource): readonly Need[] {
  const needs = type.needs?.(name, props) ?? []
  const id = type.id?.(props)
  return id === undefined ? needs : [{ kind: id.kind, name: String(id.number), of: name }, ...needs]
}

const ask = ({ id }: Resource, { kind, name, of = '', from = '' }: Need): Script =>
  sh`needs ${[id, kind, name, of, from]}`

/** Does any of the resources need something that must be checked first? */
export const hasNeeds = (resources: readonly Resource[]): boolean =>
  resources.some((resource) => needsOf(resource).some(({ planned }) => planned !== true))

/** sh for the start of steps that are applied together: fails if one lacks what it needs, and blames that one. */
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

/** Is a path at this place, or below it? */
const isAt = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`)

/** Is the path a file of that unit, its template or its SysV script? */
const isUnit = (unit: string, path: string): boolean => {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return [unit, unit.replace(/@[^.]*\./, '@.'), unit.replace(/\.service$/, '')].includes(name)
}

/** Might this step provide what another one needs? */
function mayBring({ type, name, props }: Resource, need: Need): boolean {
  const absent = 'ensure' in props && props.ensure === 'absent'
  if (need.kind === 'uid' || need.kind === 'gid') return absent && (type.id !== undefined || type.places === undefined)
  if (absent) return false
  if (type.brings === undefined && type.places === undefined) return true
  if (type.brings?.(need, name, props)) return true
  const places = type.places?.(name, props).filter(({ as }) => as !== 'nothing') ?? []
  return places.some(({ path }) => (need.kind === 'unit' ? isUnit(need.name, path) : isAt(need.name, path)))
}

/**
 * sh that prints, like `foresee`, what the steps of a plan will lack: things that the host does not have and no earlier
 * step may provide.
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
  return asked.length === 0 ? empty : join([brokenLink, needFunctions, ...asked.map((one) => sh`${one} || :`)])
}
