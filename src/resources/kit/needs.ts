import type { Need } from '../../model/resource.ts'

/** The owner and the group of a new file, as needs. */
export const ownedBy = (owner: string, group: string): readonly Need[] => [
  ...(owner === 'root' ? [] : [{ kind: 'user', name: owner, of: 'owner' } as const]),
  ...(group === 'root' ? [] : [{ kind: 'group', name: group, of: 'group' } as const]),
]

/** The directory in which something is created, as a need; the step reports its absence itself. */
export function madeIn(path: string): readonly Need[] {
  const name = path.slice(0, path.lastIndexOf('/'))
  return name === '' ? [] : [{ kind: 'directory', name, of: 'path', planned: true }]
}
