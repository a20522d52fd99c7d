import * as v from 'valibot'
import { check } from '../../lib/check.ts'
import { type Json, object } from '../../lib/json.ts'
import { showPath } from '../../lib/json-path.ts'
import { readJson } from '../../lib/read-json.ts'
import type { Problem } from './groups.ts'

/** The file beside an Ansible inventory that maps its groups and variables. */
export const TABLE = 'ansible.json'

const path = v.pipe(v.string(), v.regex(/^[^.\s]+(\.[^.\s]+)+$/, 'must be RECIPE.NAME, or null to leave it out'))
/** The file's schema. */
export const tableSchema = v.object({
  $schema: v.exactOptional(v.string()),
  groups: v.exactOptional(v.record(v.string(), v.array(v.string()))),
  variables: v.exactOptional(v.record(v.string(), v.nullable(path))),
  names: v.exactOptional(v.record(v.string(), v.string())),
  ignore: v.exactOptional(v.array(v.string())),
  ssh: v.exactOptional(v.record(v.string(), v.unknown())),
  vars: v.exactOptional(v.record(v.string(), v.unknown())),
  roles: v.exactOptional(v.record(v.string(), v.unknown())),
})

/** The mapping of groups, variables and host names. */
export interface Table {
  /** Does the file exist? */
  readonly there: boolean
  /** Roles by group, in the order in which hosts get them. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** `RECIPE.NAME` by variable; null omits the variable. */
  readonly variables: Readonly<Record<string, string | null>>
  /** New names of hosts, by their names in Ansible. */
  readonly names: Readonly<Record<string, string>>
  /** Files beside the inventory to ignore. */
  readonly ignore: readonly string[]
  /** Settings of the whole inventory: `ssh`, `vars` and `roles`. */
  readonly whole: Json
}

/** Parses the table; undefined if there is none. Pure. */
export function readTable(text: string | undefined): { readonly table: Table; readonly problems: readonly Problem[] } {
  const json = readJson(text ?? '{}')
  const wrong = 'wrong' in json ? json.wrong : undefined
  const value = 'wrong' in json ? {} : json.value
  const lost = 'wrong' in json ? [] : json.faults
  const { faults, output = {} } = check(tableSchema, value)
  const problems: Problem[] = [
    ...(wrong ? [{ where: `${TABLE}, line ${wrong.line}`, message: `this is not JSON: ${wrong.message}` }] : []),
    ...[...lost, ...faults].map((fault) => ({ where: `${TABLE}: ${showPath(fault.path)}`, message: fault.message })),
  ]
  const { $schema: _, groups = {}, variables = {}, names = {}, ignore = [], ...whole } = output
  return { table: { there: text !== undefined, groups, variables, names, ignore, whole: object(whole) }, problems }
}
