import type { Resource } from '../../../model/resource.ts'
import { STATE_DIR } from '../../../shell/paths.ts'
import { type Script, sh, shFile } from '../../../shell/script.ts'
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
  return sh`
    kept=${dir}
    read -r boot </proc/sys/kernel/random/boot_id
    if systemctl -q is-active ${unit}; then runs=yes; else runs=; fi
    if [ -z "$runs" ] || [ "$(cat "$kept/boot" 2>/dev/null)" != "$boot" ]; then rm -rf "$kept"; fi
    if [ -n "$runs" ]; then
      mkdir -p -m 700 "$kept"
      printf '%s\n' "$boot" >"$kept/boot"
      for path in ${files as string[]}; do
        if [ -e "$kept/was$path" ] || [ -e "$kept/none$path" ]; then continue; fi
        if [ -e "$path" ]; then kind=was; else kind=none; fi
        mkdir -p "$kept/$kind\${path%/*}"
        if [ $kind = none ]; then : >"$kept/none$path"; continue; fi
        cp -a "$path" "$kept/new"
        mv -fT "$kept/new" "$kept/was$path"
      done
    fi`
}

/** sh functions around what is kept: `put_files_back`, which prints the paths, and fails where nothing was kept. */
export const keptFunctions: Script = shFile(import.meta.url, './kept.sh')
