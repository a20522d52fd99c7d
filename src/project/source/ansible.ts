import { basename } from 'node:path'
import { InventoryError } from '../../inventory/errors.ts'
import { fromAnsible, onlyAskedFor } from '../ansible/ansible.ts'
import type { Grouped } from '../ansible/groups.ts'
import { readIni } from '../ansible/ini.ts'
import { readTree } from '../ansible/tree.ts'
import type { Source } from './source.ts'

/** The place of a path, or of its nearest known ancestor. */
function placeIn(places: ReadonlyMap<string, string>, path: string): string | undefined {
  for (let at = path; at.includes('.'); at = at.replace(/(\.[^.[\]]*|\[[^\]]*\])$/, '')) {
    const found = places.get(at)
    if (found !== undefined) return found
    if (!/(\.[^.[\]]*|\[[^\]]*\])$/.test(at)) break
  }
  return undefined
}

/** Converts an Ansible inventory. @throws InventoryError */
export async function ansibleSource(grouped: Grouped, file: string): Promise<Source> {
  const converted = await fromAnsible(grouped, file)
  return {
    text: JSON.stringify(converted.value),
    finish: (roles) => JSON.stringify(onlyAskedFor(converted, roles)),
    place: (path) => placeIn(converted.places, path),
  }
}

/** Converts an Ansible inventory from its text. @throws InventoryError */
export async function fromText(kind: 'yaml' | 'ini', text: string, file: string): Promise<Source> {
  if (kind === 'ini') return ansibleSource(readIni(text), file)
  const { value, where, problems } = (await import('../ansible/yaml.ts')).readYaml(text)
  if (problems.length === 0) return ansibleSource(readTree(value, where), file)
  throw new InventoryError(
    basename(file),
    problems.map((problem) => ({ path: problem.where, message: problem.message })),
  )
}
