import { awakeFunction } from './awake.ts'
import { giveUp } from './give-up.ts'
import { join, type Script, shFile } from './script.ts'

/** sh function `pull REFERENCE`: pulls an image; if Docker hangs, ends the pull and repeats it. */
export const pullFunction: Script = join([giveUp, awakeFunction(), shFile(import.meta.url, './docker-pull.sh')])
