import type { Resource } from '../../../model/resource.ts'
import { STATE_DIR } from '../../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'
import { unitPath } from '../unit-name.ts'

/** Where the files lie that a unit runs with, while they are replaced and until it has come up with the new ones. */
export const keptDir = (unit: string): string => `${STATE_DIR}/${unit}.kept`

/** The file that a resource is, if it is one. */
export function fileOf({ type, name }: Resource): string | undefined {
  if (type.name === 'file') return name
  return type.name === 'unit' ? unitPath(name) : undefined
}

/**
 * sh that keeps what a unit that runs was started with, before these inputs of it change. What an earlier, killed run
 * has kept stays: that is what the unit runs with. Where the program itself changes there is nothing to go back to by
 * files alone.
 */
export function keep(unit: string, changing: readonly Resource[]): Script {
  const dir = keptDir(unit)
  const files = changing.map(fileOf)
  if (files.some((file) => file === undefined)) return sh`rm -rf ${dir}`
  const paths = files.flatMap((file) => file ?? [])
  return join([sh`kept=${dir}`, shFile(import.meta.url, './keep.sh'), sh`keep_files ${unit} ${paths}`])
}

/** sh functions around what is kept: `put_files_back`, which prints the paths, and fails where nothing was kept. */
export const keptFunctions: Script = shFile(import.meta.url, './kept.sh')
