import { join, type Script, shFile } from '../../../shell/script.ts'
import { keptFunctions } from './kept.ts'
import { unitWords } from './last-words.ts'

/**
 * sh function that brings `$unit` up from any state: starts it, restarts it where that is `$owed` or where it fails
 * again and again, reloads it where that is owed. Then looks whether it stays up, since `systemctl start` says yes to a
 * unit whose Condition failed, and to one (Type=simple) that dies at once: for a second, for five where another
 * configuration could be put back, and until it listens on its `$port` where it has one. Fails with what tells why;
 * what was kept of its files in `$kept` is put back then, and it runs again with that.
 */
export const startFunction: Script = join([unitWords, keptFunctions, shFile(import.meta.url, './start.sh')])
