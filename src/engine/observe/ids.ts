import type { Recipe } from '../../model/recipe.ts'
import { placeOf, recipeMistake } from '../../model/recipe-error.ts'
import type { Resource } from '../../model/resource.ts'

/** Checks that no two resources of a host state one number. @throws RecipeError that names both, with file and line */
export function checkIds(list: readonly { readonly resource: Resource; readonly recipe: Recipe }[]): void {
  const before = new Map<string, (typeof list)[number]>()
  for (const { resource, recipe } of list) {
    const id = resource.type.id?.(resource.props)
    if (id === undefined) continue
    const key = `${id.kind} ${id.number}`
    const other = before.get(key)
    before.set(key, { resource, recipe })
    if (other === undefined) continue
    const whose = `${other.resource.id} of recipe "${other.recipe.name}"${placeOf(other.resource, other.recipe)}`
    throw recipeMistake(
      recipe,
      `${resource.id} and ${whose} both have the ${key}: give one of them another number`,
      undefined,
      resource,
    )
  }
}
