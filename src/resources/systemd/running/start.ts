import { fullDisksFunction } from '../../../shell/full-disks.ts'
import { RUN_DIR } from '../../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'
import { keptFunctions } from './kept.ts'
import { unitWords } from './last-words.ts'

/**
 * sh functions. `start_unit` brings `$unit` up from any state: starts it, restarts it if a restart is `$owed` or it
 * keeps failing, reloads it if a reload is owed. `watch_units` then checks that all started units stay up, because
 * `systemctl start` succeeds for a unit whose Condition failed, and for one (Type=simple) that dies at once. It watches
 * for a second; for five if an earlier configuration could be restored, unless the unit listens or does what it did
 * before; and until the unit listens on its `$port`, if it has one (`-`: none). A unit to be enabled `$later` is
 * enabled once it is up, so that a broken one is not started at the next boot. Both fail with the reason; the unit's
 * files saved in `$kept` are then restored, and it runs with them again.
 */
export const startFunction: Script = join([
  unitWords,
  keptFunctions,
  fullDisksFunction,
  sh`watching=${RUN_DIR}/"\${run_id-none}.watched"`,
  shFile(import.meta.url, './missing.sh'),
  shFile(import.meta.url, './processes.sh'),
  shFile(import.meta.url, './start.sh'),
])
