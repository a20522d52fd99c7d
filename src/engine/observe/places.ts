import { posix } from 'node:path'
import type { Recipe } from '../../model/recipe.ts'
import { recipeMistake } from '../../model/recipe-error.ts'
import type { Place, Resource } from '../../model/resource.ts'

/** A resource and the recipe that wants it. */
interface Wanted {
  readonly resource: Resource
  readonly recipe: Recipe
}

const WORDS: Readonly<Record<Place['as'], string>> = {
  file: 'a file',
  part: 'a part of a file',
  directory: 'a directory',
  link: 'a link',
  nothing: 'removed',
}

/** Every directory above a path, the innermost first. */
function above(path: string): string[] {
  const up = posix.dirname(path)
  return up === path ? [] : [up, ...above(up)]
}

/** Why nothing can be wanted at a path below this place, if so. */
function contradicts(path: string, { path: directory, as, admits }: Place): string | undefined {
  if (as === 'nothing') return 'which is removed'
  if (as === 'file' || as === 'part') return 'which is a file'
  const [entry = ''] = path.slice(directory.length).split('/').filter(Boolean)
  return admits === undefined || admits(entry) ? undefined : `whose only does not name ${entry}`
}

/**
 * Checks that no two resources of a host want different things of one path: each run would undo the other's change.
 * @throws RecipeError that names both
 */
export function checkPlaces(list: readonly Wanted[]): void {
  const all = list.flatMap(({ resource, recipe }) =>
    (resource.type.places?.(resource.name, resource.props) ?? []).map((place) => ({ ...place, resource, recipe })),
  )
  const at = new Map<string, (typeof all)[number]>()
  for (const one of all) {
    const other = at.get(one.path)
    at.set(one.path, one)
    if (other === undefined || other.resource.id === one.resource.id) continue
    if (other.as === one.as && one.as !== 'file' && one.as !== 'link') continue
    const says = `${other.resource.id} and ${one.resource.id} both decide on ${one.path}`
    throw recipeMistake(one.recipe, `${says} (${WORDS[other.as]}, ${WORDS[one.as]}): keep one of them`)
  }
  for (const { path, as, resource, recipe } of all) {
    if (as === 'nothing') continue
    for (const directory of above(path)) {
      const other = at.get(directory)
      const what = other === undefined ? undefined : contradicts(path, other)
      if (other !== undefined && what !== undefined)
        throw recipeMistake(recipe, `${resource.id} lies below ${other.resource.id}, ${what}`)
    }
  }
}
