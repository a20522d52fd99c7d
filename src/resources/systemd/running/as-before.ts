import { RUN_DIR } from '../../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'
import { serviceUnit, UNIT_DIR } from '../unit-name.ts'
import { owedMark } from './owed.ts'

/** sh functions of {@link orAsBefore}. */
export const asBeforeFunctions: Script = join([
  sh`unit_dir=${UNIT_DIR} before=${RUN_DIR}/before`,
  shFile(import.meta.url, './as-before.sh'),
])

/**
 * sh that changes a unit's files and starts the unit; on failure, restores the files and the unit's state.
 * @param place the directory that systemd makes for a mount
 */
export function orAsBefore(unit: string, names: readonly string[], place: string | undefined, change: Script): Script {
  return sh`
    ( unit=${unit} mark=${owedMark(serviceUnit(unit))} place=${place ?? ''}
    set -- ${names}
    note_before "$@"
    trap 'as_before "$@"' EXIT
    ( ${change}
    )
    trap - EXIT
    rm -rf "$before" )`
}
