import { RUN_DIR } from '../../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'
import { keptFunctions } from './kept.ts'
import { unitWords } from './last-words.ts'

/**
 * sh functions. `start_unit` brings `$unit` up from any state: starts it, restarts it where that is `$owed` or where it
 * fails again and again, reloads it where that is owed. `watch_units` then looks whether all that was started stays up,
 * since `systemctl start` says yes to a unit whose Condition failed, and to one (Type=simple) that dies at once: for a
 * second, for five where another configuration could be put back unless it listens or does what it did before, and
 * until it listens on its `$port` where it has one (`-`: none). One that is to be enabled `$later` is so once it is
 * up: what does not start is not tried at the next
 * boot. Either fails with what tells why; what was kept of a unit's files in `$kept` is put back then, and it
 * runs again with that.
 */
export const startFunction: Script = join([
  unitWords,
  keptFunctions,
  sh`watching=${RUN_DIR}/"\${run_id-none}.watched"`,
  shFile(import.meta.url, './missing.sh'),
  shFile(import.meta.url, './start.sh'),
])
