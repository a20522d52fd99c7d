import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { kindOf, shown } from '../../lib/check/kinds.ts'
import type { Facts } from '../../model/facts.ts'
import type { Host, InventoryHost } from '../../model/host.ts'
import type { Cluster, Recipe } from '../../model/recipe.ts'
import { isPromise, RecipeError, recipeMistake, thrownBy } from '../../model/recipe-error.ts'
import { leaving, recipesOf } from '../../model/recipes-of.ts'
import { isResource, type Resource } from '../../model/resource.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import { member } from '../roll/away-mark.ts'
import { wayOut } from '../roll/retired.ts'
import { checkIds } from './ids.ts'
import { checkLines } from './lines.ts'
import { checkPlaces } from './places.ts'

export { RecipeError }

/** What a host should be. */
export interface Compiled {
  readonly host: Host
  readonly resources: readonly Resource[]
  /** The names of the facts that the recipes read. */
  readonly used: ReadonlySet<keyof Facts>
}

/**
 * A string that is equal only if two resources' properties are. Contains digests of secrets: never show or store it.
 */
export function canonical(value: unknown): string {
  const replacer = function (this: unknown, key: string): unknown {
    const v = (this as Record<string, unknown>)[key]
    if (v instanceof Secret) return { secret: createHash('sha256').update(reveal(v)).digest('hex') }
    if (ArrayBuffer.isView(v))
      return {
        bytes: createHash('sha256')
          .update(Buffer.from(v.buffer, v.byteOffset, v.byteLength))
          .digest('hex'),
      }
    if (key !== '' && isResource(v)) return { resource: v.id }
    return typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v
  }
  return JSON.stringify(value, replacer as never)
}

/**
 * Evaluates a host's recipes into one list of resources.
 * @throws RecipeError if two recipes want one resource differently, or an input of a restart does not come before its
 * service.
 */
export function compile(host: InventoryHost, facts: Facts, cluster: Cluster): Compiled {
  const used = new Set<keyof Facts>()
  const watched = new Proxy(facts, {
    get(target, key) {
      used.add(key as keyof Facts)
      return Reflect.get(target, key)
    },
  })
  const full: Host = Object.freeze({ ...host, facts: watched })
  if (host.retire) return { host: full, resources: [wayOut(host, recipesOf(host, cluster.roles))], used }
  const list = new Map<string, { resource: Resource; recipe: Recipe }>()
  for (const recipe of recipesOf(host, cluster.roles)) {
    for (const resource of evaluate(recipe, full, cluster)) {
      const before = list.get(resource.id)
      if (before === undefined) list.set(resource.id, { resource, recipe })
      else if (canonical(before.resource.props) !== canonical(resource.props)) {
        const united = resource.type.unite?.(before.resource.props, resource.props) ?? 'conflict'
        if (united === 'conflict')
          throw new RecipeError(`${resource.id} is defined differently by ${names(before.recipe.name, recipe.name)}`)
        list.delete(resource.id) // its last mention determines its place
        list.set(resource.id, { resource: Object.freeze({ ...resource, props: united }), recipe })
      }
    }
  }
  checkInputs([...list.values()])
  checkPlaces([...list.values()])
  checkLines([...list.values()])
  checkIds([...list.values()])
  const members = leaving(host, cluster).map(({ name }) => member(name, {}))
  return { host: full, resources: [...[...list.values()].map((r) => r.resource), ...members], used }
}

const names = (a: string, b: string): string => (a === b ? `recipe "${a}" twice` : `the recipes "${a}" and "${b}"`)

function evaluate(recipe: Recipe, host: Host, cluster: Cluster): readonly Resource[] {
  let list: readonly Resource[]
  try {
    list = recipe.resources(host, cluster, (host.vars[recipe.name] ?? {}) as never)
  } catch (error) {
    throw thrownBy(recipe, error)
  }
  // users' files are not type-checked before they run
  if (isPromise(list)) throw recipeMistake(recipe, 'resources must not be async: it returns the list itself')
  if (!Array.isArray(list))
    throw recipeMistake(recipe, `resources must return a list of resources, [ … ], not ${given(list)}`)
  const odd = list.findIndex((entry) => !isResource(entry))
  if (odd >= 0) throw recipeMistake(recipe, notResource(odd, list[odd]))
  return list
}

function given(value: unknown): string {
  if (isResource(value)) return value.id
  const plain = typeof value === 'object' ? value === null || kindOf(value) === 'Object' : typeof value !== 'function'
  return plain ? inspect(value, { depth: 0 }) : shown(value)
}

function notResource(index: number, entry: unknown): string {
  const said = `resources returns a list whose entry [${index}] must be a resource such as file(…) gives, not ${given(entry)}`
  if (Array.isArray(entry)) return `${said}; spread a list into the other: ...list`
  // from `wanted && x` when `wanted` is false
  return entry ? said : `${said}; where one is wanted only sometimes, write ...(wanted ? [x] : [])`
}

function checkInputs(list: readonly { resource: Resource; recipe: Recipe }[]): void {
  const at = new Map(list.map(({ resource }, i) => [resource.id, i]))
  list.forEach(({ resource, recipe }, i) => {
    for (const input of resource.type.inputs?.(resource.props) ?? []) {
      const where = at.get(input.resource.id)
      if (where === undefined)
        throw recipeMistake(recipe, `${resource.id} ${input.kind}s on ${input.resource.id}, which is not in the list`)
      if (where > i)
        throw recipeMistake(recipe, `${input.resource.id} must stand before ${resource.id}, which ${input.kind}s on it`)
    }
  })
}
