import { object } from '../lib/json.ts'
import { readJson } from '../lib/read-json.ts'

/**
 * The roles, and the recipes with variables, that an inventory names, whether they exist or not; empty if it is not
 * JSON.
 */
export function mentioned(text: string): { readonly roles: readonly string[]; readonly recipes: readonly string[] } {
  const json = readJson(text)
  if ('wrong' in json) return { roles: [], recipes: [] }
  const file = object(json.value)
  const hosts = Object.values(object(file.hosts)).map(object)
  const settings = Object.values(object(file.roles)).map(object)
  const lists = hosts.map((host) =>
    Array.isArray(host.roles) ? host.roles.filter((role) => typeof role === 'string') : [],
  )
  return {
    roles: [...new Set([...lists.flat(), ...Object.keys(object(file.roles))])],
    recipes: [...new Set([file, ...settings, ...hosts].flatMap((place) => Object.keys(object(place.vars))))],
  }
}
