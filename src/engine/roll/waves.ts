import type { InventoryHost } from '../../model/host.ts'
import type { Role } from '../../model/recipe.ts'
import { RecipeError } from '../observe/compile.ts'

/**
 * Groups hosts that may be applied together, wave after wave: a role comes after the roles that it names, and a host
 * belongs to its earliest role. Only hosts of the run count: a wave does not wait for others.
 * @throws RecipeError if roles wait for each other in a circle.
 */
export function waves(
  hosts: readonly InventoryHost[],
  roles: ReadonlyMap<string, Role>,
): readonly (readonly InventoryHost[])[] {
  const present = new Set(hosts.flatMap((h) => h.roles))
  const levels = new Map<string, number>()
  const level = (role: string, path: readonly string[]): number => {
    if (path.includes(role))
      throw new RecipeError(
        `the roles ${[...path.slice(path.indexOf(role)), role].join(' → ')} wait for one another in a circle`,
      )
    const known = levels.get(role)
    if (known !== undefined) return known
    const before = (roles.get(role)?.after ?? []).map((r) => ({ role: r, level: level(r, [...path, role]) }))
    const own = Math.max(0, ...before.map((b) => b.level + (present.has(b.role) ? 1 : 0)))
    levels.set(role, own)
    return own
  }
  const out: InventoryHost[][] = []
  for (const host of hosts) {
    const first = host.roles.length === 0 ? 0 : Math.min(...host.roles.map((r) => level(r, [])))
    const wave = out[first] ?? []
    wave.push(host)
    out[first] = wave
  }
  return out.filter((wave) => wave !== undefined && wave.length > 0)
}
