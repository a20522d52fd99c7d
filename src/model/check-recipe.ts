import { didYouMean } from '../lib/did-you-mean.ts'
import type { Recipe, Role } from './recipe.ts'

type Loose = Readonly<Record<PropertyKey, unknown>>

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  function: 'a function',
}

/** Describes a wrong value in a few words, without showing it, because it may be secret. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (Array.isArray(value)) return 'a list'
  return TYPES[typeof value] ?? 'an object'
}

const RECIPE: Readonly<Record<keyof Recipe, true>> = {
  name: true,
  unit: true,
  timers: true,
  attributes: true,
  resources: true,
  check: true,
  listens: true,
  refuse: true,
  health: true,
  rolling: true,
  membership: true,
  farewell: true,
  strangers: true,
}
const ROLE: Readonly<Record<keyof Role, true>> = { name: true, recipes: true, after: true }

/** An unknown property, if its name is close to a known one. */
function misspelt(value: Loose, known: Loose): string | undefined {
  return Object.keys(value)
    .filter((key) => !Object.hasOwn(known, key))
    .map((key) => [key, didYouMean(key, Object.keys(known))] as const)
    .filter(([, guess]) => guess !== '')
    .map(([key, guess]) => `"${key}" is not a property of it${guess}`)[0]
}

const isSchema = (value: unknown): value is Loose =>
  isObject(value) && value.kind === 'schema' && typeof value['~run'] === 'function'

function attributesFault(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (isSchema(value)) return value.async === true ? 'attributes must not be async' : undefined
  if (!isObject(value) || Array.isArray(value))
    return `attributes must be a valibot schema, v.object({ … }), not ${kindOf(value)}`
  if ('~standard' in value) return 'attributes must be a schema of valibot, v.object({ … }), not of another library'
  return 'attributes must be a valibot schema: write v.object({ … }) around the object'
}

/**
 * What is wrong with a recipe, as a sentence without a full stop. Users' files are not type-checked before they run.
 */
export function recipeFault(recipe: unknown): string | undefined {
  if (!isObject(recipe)) return `a recipe is an object { … }, not ${kindOf(recipe)}`
  if (typeof recipe.name !== 'string' || recipe.name === '') return 'a recipe needs a name, as text'
  const functions = (['check', 'listens', 'refuse', 'health'] as const).find(
    (key) => recipe[key] !== undefined && typeof recipe[key] !== 'function',
  )
  const fault =
    misspelt(recipe, RECIPE) ??
    (typeof recipe.resources === 'function'
      ? undefined
      : 'it needs resources, a function: (host, cluster, attrs) => [ … ]') ??
    (functions === undefined ? undefined : `${functions} must be a function, not ${kindOf(recipe[functions])}`) ??
    attributesFault(recipe.attributes)
  return fault === undefined ? undefined : `recipe "${recipe.name}": ${fault}`
}

function entryFault(entry: unknown): string | undefined {
  if (entry === undefined) return 'is undefined: is it exported under that name, and do two files import each other?'
  if (typeof entry === 'string') return `is text: import the recipe "${entry}" and put it there itself`
  if (Array.isArray(entry)) return 'is a list: write its recipes out, or put ... before it'
  if (!isObject(entry)) return `is ${kindOf(entry)}, not a recipe`
  if (entry[Symbol.toStringTag] === 'Module') return 'is a module: import the recipe in it by its name, { … }'
  if ('recipes' in entry) return 'is a role, not a recipe'
  return recipeFault(entry)
}

/** What is wrong with a role, as a sentence without a full stop. */
export function roleFault(role: unknown): string | undefined {
  if (!isObject(role)) return `a role is an object { … }, not ${kindOf(role)}`
  if (typeof role.name !== 'string' || role.name === '') return 'a role needs a name, as text'
  const wrong = (fault: string) => `role "${role.name}": ${fault}`
  const stray = misspelt(role, ROLE)
  if (stray !== undefined) return wrong(stray)
  if (!Array.isArray(role.recipes)) return wrong(`recipes must be a list [ … ], not ${kindOf(role.recipes)}`)
  for (const [i, entry] of [...role.recipes].entries()) {
    const fault = entryFault(entry)
    if (fault !== undefined) return wrong(fault.startsWith('recipe "') ? fault : `recipes[${i}] ${fault}`)
  }
  const { after } = role
  const isNames = after === undefined || (Array.isArray(after) && after.every((name) => typeof name === 'string'))
  return isNames ? undefined : wrong('after must be a list of names of roles: ["zookeeper"]')
}
