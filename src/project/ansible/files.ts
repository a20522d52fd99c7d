import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '../../lib/bytes.ts'
import { object } from '../../lib/json.ts'
import { codeOf, whyUnread } from '../../lib/message.ts'
import type { Grouped, Problem, Variables } from './groups.ts'
import { variablesIn } from './tree.ts'

const ENDINGS = ['', '.yml', '.yaml', '.json']

/** A file of variables. */
interface VariableFile {
  readonly path: string
  readonly full: string
}

/** The files at a path, if there are any: the file itself, or all files in the folder. */
function filesAt(folder: string, path: string, ignore: readonly string[]): readonly VariableFile[] {
  const full = join(folder, path)
  const found = statSync(full, { throwIfNoEntry: false })
  if (!found || ignore.includes(path)) return []
  if (!found.isDirectory()) return [{ path, full }]
  const names = readdirSync(full).filter((name) => /^[^.]+$|^[^.].*\.(ya?ml|json)$/.test(name) && !name.endsWith('~'))
  return names.sort().flatMap((name) => filesAt(folder, `${path}/${name}`, ignore))
}

/** The variables in a file, or what is wrong with it. */
async function variablesOfFile({ path, full }: VariableFile): Promise<Variables | readonly Problem[]> {
  const wrong = (message: string): readonly Problem[] => [{ where: path, message }]
  const text = utf8(readFileSync(full))
  if (text === undefined) return wrong('it is not UTF-8 text')
  if (text.startsWith('$ANSIBLE_VAULT')) {
    const instead = `name it in "ignore", and have recipes' secrets read by "cmd:…"`
    return wrong(`it is encrypted, and only ansible-vault can read it: ${instead}`)
  }
  const { value, where, problems } = (await import('./yaml.ts')).readYaml(text, `${path}, `)
  if (problems.length > 0) return problems
  if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
    return wrong('it must hold variables by name')
  return variablesIn(object(value), [], where)
}

/** Adds the variables in `group_vars/` and `host_vars/` beside an inventory. */
export async function addVariableFiles(grouped: Grouped, folder: string, ignore: readonly string[]): Promise<void> {
  const all = [
    ...[...grouped.groups].map(([name, { fileVars }]) => ['group_vars', name, fileVars] as const),
    ...[...grouped.hosts].map(([name, { fileVars }]) => ['host_vars', name, fileVars] as const),
  ]
  for (const [kind, name, vars] of all) {
    if (name.includes('/')) continue
    try {
      for (const file of ENDINGS.flatMap((ending) => filesAt(folder, `${kind}/${name}${ending}`, ignore))) {
        const found = await variablesOfFile(file)
        if (!(found instanceof Map)) grouped.problems.push(...found)
        else for (const [key, variable] of found) vars.set(key, variable)
      }
    } catch (error) {
      if (codeOf(error) === undefined) throw error
      grouped.problems.push({ where: `${kind}/${name}`, message: `cannot be read: ${whyUnread(error)}` })
    }
  }
}
