import { join, type Script, sh, shFile } from './script.ts'

/** Seconds without a sign of life after which a command that uses the network is ended. */
export const SILENCE = 90

/**
 * sh function `awake TRACES COMMAND…`: runs a command that uses the network, and ends it when it hangs: no file in the
 * directories TRACES (words) has grown, no file in `$counts` has changed, and its processes have used almost no
 * processor time for `silence` seconds. Says so on stdout halfway there. Once the file `$busy` exists, the command no
 * longer waits for the network, and is not ended. A command that was ended exits 124. stdout and stderr are the
 * command's own.
 */
export const awakeFunction = (silence: number = SILENCE): Script =>
  join([sh`silence=${silence} counts= busy=`, shFile(import.meta.url, './awake.sh')])
