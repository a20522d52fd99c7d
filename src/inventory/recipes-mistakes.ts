import { grouped } from '../lib/grouped.ts'
import { type Path, showPath } from '../lib/json-path.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster, Mistake, Recipe } from '../model/recipe.ts'
import { isPromise, recipeMistake, thrownBy } from '../model/recipe-error.ts'
import { recipesOf, retiring } from '../model/recipes-of.ts'
import { makeCluster } from './make-cluster.ts'
import { portClashes } from './port-clashes.ts'

/** A recipe's wrong variable on a host, and its place if it is written. */
export interface WrongVariable {
  readonly host: string
  readonly recipe: string
  readonly path: Path
}

/** The mistakes that a recipe finds. @throws RecipeError */
function checked(recipe: Recipe, cluster: Cluster): readonly Mistake[] {
  let found: unknown
  try {
    found = recipe.check?.(cluster) ?? []
  } catch (error) {
    throw thrownBy(recipe, error, 'check')
  }
  if (isPromise(found)) throw recipeMistake(recipe, 'check must not be async: it returns the list itself')
  if (
    !Array.isArray(found) ||
    !found.every((each) => typeof each?.path === 'string' && typeof each?.message === 'string')
  )
    throw recipeMistake(recipe, 'check must return a list of mistakes, [{ path, message }, … ]')
  return found
}

/** The variable's name, unless the mistake is about the recipe's variables as a whole. */
const nameOf = ({ path, recipe }: WrongVariable): string | undefined => {
  const name = path[path.lastIndexOf(recipe) + 1]
  return name === undefined ? undefined : String(name)
}

/** The same cluster without the wrong variables. */
function without(cluster: Cluster, wrong: readonly WrongVariable[]): Cluster {
  const byHost = grouped(wrong, ({ host }) => host)
  const hosts = cluster.hosts.map((host): InventoryHost => {
    const own = byHost.get(host.name) ?? []
    if (own.length === 0) return host
    const vars = Object.entries(host.vars).map(([recipe, values]) => {
      const names = own.filter((each) => each.recipe === recipe).map(nameOf)
      return [recipe, Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)))]
    })
    return { ...host, vars: Object.fromEntries(vars) }
  })
  return makeCluster(hosts, cluster.roles, cluster.cloud)
}

/**
 * The mistakes a recipe finds that do not follow from wrong variables: it reports them with and without those
 * variables, and they are not about one of them.
 */
function apart(recipe: Recipe, cluster: Cluster, wrong: readonly WrongVariable[]): readonly Mistake[] {
  const find = (of: Cluster): readonly Mistake[] => {
    try {
      return recipe.check?.(of) ?? []
    } catch {
      return [] // the recipe may rely on valid variables
    }
  }
  const places = wrong.map(({ path }) => showPath(path))
  const [exactly, around] = [new Set(places), new Set(places.flatMap(above))]
  const others = new Set(find(without(cluster, wrong)).map(({ path, message }) => `${path}\0${message}`))
  return find(cluster).filter(
    ({ path, message }) =>
      others.has(`${path}\0${message}`) && !around.has(path) && ![path, ...above(path)].some((at) => exactly.has(at)),
  )
}

/** The path's ancestors, as text. */
const above = (path: string): readonly string[] =>
  [...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index)).filter((at) => at !== '')

/** Recipes whose members would all leave, so that what depends on them would have nothing left. */
function nobodyLeft(cluster: Cluster, recipes: readonly Recipe[]): readonly Mistake[] {
  return recipes
    .filter(({ rolling, name }) => rolling !== undefined && cluster.withRecipe(name).length === 0)
    .map(({ name }) => {
      const who = retiring(cluster, name).map((host) => host.name)
      return {
        path: `hosts.${who[0]}.retire`,
        message: `no host with ${name} would be left: keep ${who.length === 1 ? who[0] : `one of ${who.join(', ')}`}, or add others first`,
      }
    })
    .slice(0, 1)
}

/** The mistakes that a cluster's recipes find in the inventory. @throws RecipeError */
export function recipesMistakes(cluster: Cluster, wrong: readonly WrongVariable[]): readonly Mistake[] {
  const recipes = new Map(
    cluster.hosts.flatMap((host) => recipesOf(host, cluster.roles)).map((recipe) => [recipe.name, recipe]),
  )
  const found = [...recipes.values()].flatMap((recipe) => {
    const own = wrong.filter((each) => each.recipe === recipe.name)
    return own.length === 0 ? checked(recipe, cluster) : apart(recipe, cluster, own)
  })
  const wrongAt = new Set(wrong.map(({ host, recipe }) => `${host}\0${recipe}`))
  return [
    ...found,
    ...nobodyLeft(cluster, [...recipes.values()]),
    ...portClashes(cluster, (host, recipe) => wrongAt.has(`${host}\0${recipe}`)),
  ]
}
