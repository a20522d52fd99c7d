import { type Script, sh } from './script.ts'

/** sh function `give_up SENTENCE`: prints the reason as the last line on stderr, and ends the step. */
export const giveUp: Script = sh`give_up() { printf '%s\n' "$1" >&2; exit 1; }`
