import { join, type Script, sh, shFile } from './script.ts'

/** Seconds without a sign of life after which a command that talks to a network is ended. */
export const SILENCE = 90

/**
 * sh function `awake TRACES COMMAND…`: runs a command that talks to a network and ends it when it has gone to sleep: no
 * file in the directories TRACES (words) has grown, none of the files `$counts` says anything new, and its processes
 * have hardly worked for `silence` seconds. Says so on standard output half way there. A command that was ended gives
 * 124. Its standard output and error are its own.
 */
export const awakeFunction = (silence: number = SILENCE): Script =>
  join([sh`silence=${silence} counts=`, shFile(import.meta.url, './awake.sh')])
