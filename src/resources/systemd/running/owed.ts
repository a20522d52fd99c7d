import { STATE_DIR } from '../../../shell/paths.ts'
import { empty, join, type Script, sh, shFile } from '../../../shell/script.ts'

/**
 * The mark that a unit owes a restart or reload: one line, `KIND BOOT-ID`. It counts only in the boot in which it was
 * written, because every process of a later boot is newer than the change.
 */
export const owedMark = (unit: string): string => `${STATE_DIR}/${unit}.owed`

/** sh that writes the mark atomically, and never weakens an owed restart to a reload. */
export function owe(unit: string, kind: 'restart' | 'reload'): Script {
  const mark = owedMark(unit)
  return join([
    sh`
      read -r boot </proc/sys/kernel/random/boot_id
      owed=${kind}`,
    kind === 'restart' ? empty : sh`if grep -qsx "restart $boot" ${mark}; then owed=restart; fi`,
    sh`
      mkdir -p -m 700 ${STATE_DIR}
      printf '%s %s\n' "$owed" "$boot" >${`${mark}.new`}
      mv -fT ${`${mark}.new`} ${mark}`,
  ])
}

/** sh that sets `$owed` to `restart`, `reload` or nothing. An unreadable mark counts as a restart. */
export const readOwed = (unit: string): Script => sh`
  owed= boot= now=
  if [ -e ${owedMark(unit)} ]; then
    read -r owed boot <${owedMark(unit)} || owed=restart
    read -r now </proc/sys/kernel/random/boot_id
    [ "\${boot:-$now}" = "$now" ] || owed=
  fi`

/** sh function `tell_owed NAME UNIT …`, for probes: prints `NAME<TAB>owed=KIND` for each unit whose mark counts. */
export const owedProbeFunction: Script = join([sh`owed_dir=${STATE_DIR}`, shFile(import.meta.url, './tell-owed.sh')])
