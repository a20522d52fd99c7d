import { giveUp } from '../../shell/give-up.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'

/**
 * sh functions that only read what apt knows. `choose NAME PATTERN` sets `$version` to the one to install: apt's own
 * choice, or the newest that fits; `ask_of NAME…` has apt asked about many at once; `lacking NAME PATTERN` gives up in
 * a sentence that says why there is none. Names have one meaning here: apt takes one that it does not know for an
 * expression, a glob or a task, and finds other packages by it.
 */
export const aptChoice: Script = join([giveUp, sh`nl=${'\n'} candidates=`, shFile(import.meta.url, './apt-choice.sh')])
