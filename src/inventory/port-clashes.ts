import { present } from '../lib/compact.ts'
import { grouped } from '../lib/grouped.ts'
import type { InventoryHost } from '../model/host.ts'
import { type Listens, listensAtOnce } from '../model/listens.ts'
import type { Cluster, Mistake, Recipe } from '../model/recipe.ts'
import { isPromise, recipeMistake, thrownBy } from '../model/recipe-error.ts'
import { recipesOf } from '../model/recipes-of.ts'

/** A port on a host, and the recipe that listens on it. */
export interface Listener extends Listens {
  readonly recipe: string
}

/** The SSH daemon on every host that SSH reaches. A non-standard port may belong to a router in between. */
const sshd = ({ ssh }: InventoryHost): readonly Listener[] =>
  ssh.transport === 'local' || ssh.port !== undefined ? [] : [{ recipe: 'sshd', port: 22 }]

/** Where a recipe says it listens. @throws RecipeError */
function listenersOf(recipe: Recipe, host: InventoryHost, cluster: Cluster): readonly Listener[] {
  let found: unknown
  try {
    found = recipe.listens?.(host, cluster) ?? []
  } catch (error) {
    throw thrownBy(recipe, error, 'listens')
  }
  if (isPromise(found)) throw recipeMistake(recipe, 'listens must not be async: it returns the list itself')
  if (!Array.isArray(found) || !found.every((each) => typeof each?.port === 'number'))
    throw recipeMistake(recipe, 'listens must return a list of ports, [{ port }, … ]')
  return found.map((each: Listens) => ({ ...each, recipe: recipe.name }))
}

/**
 * What listens on a host, by port. Leaves out recipes whose variables are wrong, according to `skip`.
 * @throws RecipeError
 */
export function listenersOn(
  host: InventoryHost,
  cluster: Cluster,
  skip: (recipe: string) => boolean = () => false,
): readonly Listener[] {
  const recipes = recipesOf(host, cluster.roles).filter(({ name }) => !skip(name))
  return [...sshd(host), ...recipes.flatMap((recipe) => listenersOf(recipe, host, cluster))].toSorted(
    (a, b) => a.port - b.port,
  )
}

/** Which of two listeners should change: a port range, or else the later one that a variable sets. */
function givesWay(first: Listener, second: Listener): readonly [loser: Listener, winner: Listener] {
  const movable = [second, first].filter(({ variable }) => variable !== undefined)
  const loser = movable.find(({ to }) => to !== undefined) ?? movable[0] ?? second
  return loser === first ? [first, second] : [second, first]
}

function said({ recipe, port, to, variable }: Listener): string {
  const where = variable === undefined ? '' : `vars.${recipe}.${variable}`
  const more = [...(to === undefined ? [] : [`${port}-${to}`]), ...(where === '' ? [] : [where])]
  return more.length === 0 ? recipe : `${recipe} (${more.join(', ')})`
}

/** The sentence about a listener and those it conflicts with. */
function sentence({ port, to, recipe, variable }: Listener, others: readonly Listener[]): string {
  const names = [
    ...new Set(others.map((other) => (to === undefined ? said(other) : `${other.port} (${other.recipe})`))),
  ]
  if (to !== undefined) return `has ports that others on this host listen on: ${names.join(', ')}`
  const listen = `${names.join(' and ')} ${names.length === 1 ? 'listens' : 'listen'}`
  return variable === undefined
    ? `${recipe} and ${names.join(' and ')} both listen on port ${port} of this host`
    : `is ${port}, where ${listen} on this host, too: choose another port`
}

/**
 * Components of a host that would listen on the same port, whichever roles they come from. Leaves out recipes whose
 * variables are wrong, according to `skip`.
 * @throws RecipeError
 */
export function portClashes(cluster: Cluster, skip: (host: string, recipe: string) => boolean): readonly Mistake[] {
  return cluster.hosts.flatMap((host) => {
    const all = listenersOn(host, cluster, (recipe) => skip(host.name, recipe))
    const pairs = all.flatMap((one, i) => {
      const near = all.slice(i + 1).filter(({ port }) => port <= (one.to ?? one.port))
      return near.filter((other) => listensAtOnce(one, other)).map((other) => givesWay(one, other))
    })
    const places = grouped(pairs, ([{ recipe, variable }]) =>
      variable === undefined ? 'roles' : `vars.${recipe}.${variable}`,
    )
    return [...places].map(([place, clashes]) => ({
      path: `hosts.${host.name}.${place}`,
      message: sentence(
        present(clashes[0])[0],
        clashes.map(([, winner]) => winner),
      ),
    }))
  })
}
