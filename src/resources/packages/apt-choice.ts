import { giveUp } from '../../shell/give-up.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'

/**
 * sh functions that only read what apt knows. `choose NAME PATTERN` sets `$version` to the one to install: apt's own
 * choice, or the newest that matches. `ask_of NAME…` asks apt about many names at once. `lacking NAME PATTERN` gives up
 * with a sentence that says why the package is not available. All match names exactly, whereas apt treats an unknown
 * name as an expression, a glob or a task, and may find other packages.
 */
export const aptChoice: Script = join([giveUp, sh`nl=${'\n'} candidates=`, shFile(import.meta.url, './apt-choice.sh')])
