import { RUN_DIR } from '../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import { UNIT_DIR } from './unit-name.ts'

/** Where a unit is tried out: systemd reads drop-ins only beside a unit of the right name. */
const TRIAL_DIR = `${RUN_DIR}/trial`

/**
 * sh function `systemd` that fails, and says which lines, where systemd would ignore some of a unit's file: a key that
 * it does not know, a value that it cannot read. What the unit needs elsewhere (its program, other units) may come
 * later and is not looked at.
 */
export const understoodFunction: Script = join([
  sh`trial=${TRIAL_DIR} unit_dir=${UNIT_DIR}`,
  shFile(import.meta.url, './understood.sh'),
])

/** The words of the command that tries a unit out: of {@link understoodFunction}. */
export const understood = (name: string, content: string | Secret): readonly string[] =>
  content instanceof Secret ? ['systemd', '%s', name, 'secret'] : ['systemd', '%s', name]
