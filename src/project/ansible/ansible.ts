import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { InventoryError } from '../../inventory/errors.ts'
import { codeOf, whyUnread } from '../../lib/message.ts'
import type { Role } from '../../model/recipe.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import { type Converted, convert } from './convert.ts'
import { addVariableFiles } from './files.ts'
import type { Grouped, Problem } from './groups.ts'
import { readTable, TABLE } from './table.ts'

/** A problem's line number, for sorting: problems of the inventory file come first. */
const lineOf = ({ where }: Problem): number => Number(/^line (\d+)$/.exec(where)?.[1] ?? Number.POSITIVE_INFINITY)

function tableBeside(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, TABLE), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new InventoryError(TABLE, [{ path: TABLE, message: `cannot be read: ${whyUnread(error)}` }])
  }
}

/**
 * Converts an Ansible inventory and the files beside it: `ansible.json`, `group_vars/` and `host_vars/`.
 * @throws InventoryError that lists every mistake, and everything that cannot be converted
 */
export async function fromAnsible(grouped: Grouped, path: string): Promise<Converted> {
  const folder = dirname(path)
  const { table, problems } = readTable(tableBeside(folder))
  if (problems.length === 0) await addVariableFiles(grouped, folder, table.ignore)
  const converted = problems.length === 0 ? convert(grouped, table) : undefined
  const all = [...problems, ...(converted?.problems ?? [])].sort((a, b) => {
    const [x, y] = [lineOf(a), lineOf(b)]
    return x === y ? 0 : x - y
  })
  const mistakes = all.map(({ where, message }) => ({ path: where, message }))
  if (converted !== undefined && mistakes.length === 0) return converted
  const error = new InventoryError(basename(path), mistakes)
  const said = table.there ? `${TABLE} beside it says` : `There is no ${TABLE} beside it, which would say`
  error.message += `\n${said} what its groups, variables and names are here: docs/inventory.md shows one.`
  throw error
}

/**
 * Omits a recipe's variable on hosts that do not run the recipe if other hosts do: in Ansible, a group's variables are
 * there for whatever needs them.
 */
export function onlyAskedFor({ value }: Converted, roles: ReadonlyMap<string, Role>): Converted['value'] {
  const runs = new Map(
    Object.entries(value.hosts).map(([name, host]) => [
      name,
      new Set(recipesOf(host, roles).map((recipe) => recipe.name)),
    ]),
  )
  const used = new Set(
    Object.entries(value.hosts).flatMap(([name, { vars }]) =>
      Object.keys(vars).filter((recipe) => runs.get(name)?.has(recipe)),
    ),
  )
  const hosts = Object.entries(value.hosts).map(([name, host]) => {
    const vars = Object.entries(host.vars).filter(([recipe]) => !used.has(recipe) || runs.get(name)?.has(recipe))
    return [name, { ...host, vars: Object.fromEntries(vars) }] as const
  })
  return { ...value, hosts: Object.fromEntries(hosts) }
}
