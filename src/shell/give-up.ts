import { type Script, sh } from './script.ts'

/** sh function `give_up SENTENCE`: says why on standard error, as the last line, and ends the step. */
export const giveUp: Script = sh`give_up() { printf '%s\n' "$1" >&2; exit 1; }`
