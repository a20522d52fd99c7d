import { type Script, shFile } from '../../../shell/script.ts'

/** sh function that stops `$unit` from any state. For a file system that cannot be unmounted, says what uses it. */
export const stopFunction: Script = shFile(import.meta.url, './stop.sh')
