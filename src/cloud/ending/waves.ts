import type { InventoryHost } from '../../model/host.ts'
import type { Role } from '../../model/recipe.ts'

/** How many roles precede a host's first one. */
function depth(role: string, roles: ReadonlyMap<string, Role>, within: readonly string[] = []): number {
  const before = (roles.get(role)?.after ?? []).filter((name) => roles.has(name) && !within.includes(name))
  return before.length === 0 ? 0 : 1 + Math.max(...before.map((name) => depth(name, roles, [...within, role])))
}

/** Hosts in the order of their roles: those in one list may start together, after those in the lists before. */
export function inOrder(
  hosts: readonly Pick<InventoryHost, 'name' | 'roles'>[],
  roles: ReadonlyMap<string, Role>,
): readonly (readonly string[])[] {
  const waves = new Map<number, string[]>()
  for (const host of hosts) {
    const at = Math.min(...host.roles.map((role) => depth(role, roles)), Number.MAX_SAFE_INTEGER)
    waves.set(at, [...(waves.get(at) ?? []), host.name])
  }
  return [...waves].sort(([a], [b]) => a - b).map(([, names]) => names)
}
