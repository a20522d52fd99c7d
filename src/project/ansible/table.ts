import * as v from 'valibot'
import { check } from '../../lib/check.ts'
import { type Json, object } from '../../lib/json.ts'
import { showPath } from '../../lib/json-path.ts'
import { readJson } from '../../lib/read-json.ts'
import type { Problem } from './groups.ts'

/** The file beside an inventory of Ansible's that says what its groups and variables are here. */
export const TABLE = 'ansible.json'

const path = v.pipe(v.string(), v.regex(/^[^.\s]+(\.[^.\s]+)+$/, 'must be RECIPE.NAME, or null to leave it out'))
/** What the file may say. */
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

/** What groups, variables and names of Ansible's are here. */
export interface Table {
  /** Is there a file? */
  readonly there: boolean
  /** Roles by group, in the order in which hosts get them. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** `RECIPE.NAME` by variable; null: it is left out. */
  readonly variables: Readonly<Record<string, string | null>>
  /** Names of hosts, by those that they have in Ansible. */
  readonly names: Readonly<Record<string, string>>
  /** Files beside the inventory that are not read. */
  readonly ignore: readonly string[]
  /** What is said of the whole inventory: `ssh`, `vars` and `roles`. */
  readonly whole: Json
}

/** Reads the table; undefined: there is none. Pure. */
export function readTable(text: string | undefined): { readonly table: Table; readonly problems: readonly Problem[] } {
  const json = readJson(text ?? '{}')
  const wrong = 'wrong' in json ? json.wrong : undefined
  const value = 'wrong' in json ? {} : json.value
  const twice = 'wrong' in json ? [] : json.twice
  const { faults, output = {} } = check(tableSchema, value)
  const problems: Problem[] = [
    ...(wrong ? [{ where: `${TABLE}, line ${wrong.line}`, message: `this is not JSON: ${wrong.message}` }] : []),
    ...twice.map((each) => ({ where: `${TABLE}: ${showPath(each)}`, message: 'is written twice' })),
    ...faults.map((fault) => ({ where: `${TABLE}: ${showPath(fault.path)}`, message: fault.message })),
  ]
  const { $schema: _, groups = {}, variables = {}, names = {}, ignore = [], ...whole } = output
  return { table: { there: text !== undefined, groups, variables, names, ignore, whole: object(whole) }, problems }
}
