import type { Recipe } from '../../model/recipe.ts'
import { placeOf, recipeMistake } from '../../model/recipe-error.ts'
import type { Lines, Resource } from '../../model/resource.ts'

/** A resource, the recipe that wants it, and what it says about lines of a file. */
interface Said {
  readonly resource: Resource
  readonly recipe: Recipe
  readonly lines: Lines
}

/** The line on which they contradict each other; undefined if they agree. */
function taken({ lines: one }: Said, { lines: other }: Said): string | undefined {
  const kept = other.keeps()
  const dropped = kept.find((line) => one.drops?.(line, other.fixed === true))
  if (dropped !== undefined || one.place === undefined || one.place !== other.place) return dropped
  return kept[0] === one.keeps()[0] ? undefined : kept[0]
}

/**
 * Checks that no two resources of a host want different things of one line in a file: each run would undo the other's
 * edit. @throws RecipeError that names both, with file and line
 */
export function checkLines(list: readonly { readonly resource: Resource; readonly recipe: Recipe }[]): void {
  const byPath = new Map<string, Said[]>()
  for (const { resource, recipe } of list) {
    for (const lines of [resource.type.lines?.(resource.name, resource.props) ?? []].flat()) {
      const before = byPath.get(lines.path)
      if (before === undefined) byPath.set(lines.path, [{ resource, recipe, lines }])
      else before.push({ resource, recipe, lines })
    }
  }
  if (byPath.size === 0) return
  for (const { resource, recipe } of list) {
    const lines = wholeFile(resource, byPath)
    if (lines !== undefined) byPath.get(lines.path)?.push({ resource, recipe, lines })
  }
  for (const [path, all] of byPath) {
    if (all.length > 1) checkFile(path, all)
  }
}

/** The lines of a file that one resource manages as a whole, if others edit its lines. */
function wholeFile({ type, name, props }: Resource, edited: ReadonlyMap<string, unknown>): Lines | undefined {
  const place = type.places?.(name, props).find(({ path, as }) => as === 'file' && edited.has(path))
  const contents = place === undefined ? undefined : type.contents?.(props, 'absent')
  if (place === undefined || contents === undefined || contents === 'secret') return undefined
  const all = (contents.after ?? '').split('\n').filter((line) => line !== '')
  const trimmed = new Set(all.map((line) => line.trim()))
  return { path: place.path, keeps: () => all, drops: (line) => !trimmed.has(line.trim()), fixed: true }
}

function checkFile(path: string, all: readonly Said[]): void {
  for (const one of all)
    for (const other of all) {
      const line = one === other ? undefined : taken(one, other)
      if (line === undefined) continue
      const which = other.lines.secret ? 'a line' : JSON.stringify(line)
      const whose = `${other.resource.id} of recipe "${other.recipe.name}"${placeOf(other.resource, other.recipe)}`
      throw recipeMistake(
        one.recipe,
        `${one.resource.id} and ${whose} contradict each other: in ${path} the second keeps ${which}, which the first replaces or removes. Keep one of them`,
        undefined,
        one.resource,
      )
    }
}
