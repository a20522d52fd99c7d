import { RUN_DIR } from '../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import { UNIT_DIR } from './unit-name.ts'

/** The folder in which units are checked: systemd reads drop-ins only beside a unit of the right name. */
const TRIAL_DIR = `${RUN_DIR}/trial`

/**
 * sh function `systemd` that fails, and names the lines, if systemd would ignore part of a unit file: an unknown key,
 * an invalid value. It does not check what the unit needs elsewhere (its program, other units), because that may come
 * later.
 */
export const understoodFunction: Script = join([
  sh`trial=${TRIAL_DIR} unit_dir=${UNIT_DIR}`,
  shFile(import.meta.url, './understood.sh'),
])

/** The words of the command that checks a unit, with {@link understoodFunction}. */
export const understood = (name: string, content: string | Secret): readonly string[] =>
  content instanceof Secret ? ['systemd', '%s', name, 'secret'] : ['systemd', '%s', name]
