import type { Resource } from '../../../model/resource.ts'
import { STATE_DIR } from '../../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'
import { unitPath } from '../unit-name.ts'

/**
 * The folder for the files that a unit runs with, from their replacement until the unit has come up with the new ones.
 */
export const keptDir = (unit: string): string => `${STATE_DIR}/${unit}.kept`

/** The file that a resource manages, if it manages one. */
export function fileOf({ type, name }: Resource): string | undefined {
  if (type.name === 'file') return name
  return type.name === 'unit' ? unitPath(name) : undefined
}

/**
 * sh that saves what a running unit was started with before these inputs change. Files that an earlier, killed run
 * saved stay: they are what the unit runs with. If the program itself changes, restoring files cannot bring the old one
 * back.
 */
export function keep(unit: string, changing: readonly Resource[]): Script {
  const dir = keptDir(unit)
  const files = changing.map(fileOf)
  if (files.some((file) => file === undefined)) return sh`rm -rf ${dir}`
  const paths = files.flatMap((file) => file ?? [])
  return join([sh`kept=${dir}`, shFile(import.meta.url, './keep.sh'), sh`keep_files ${unit} ${paths}`])
}

/** sh functions for saved files: `put_files_back` prints their paths, and fails if nothing was saved. */
export const keptFunctions: Script = shFile(import.meta.url, './kept.sh')
