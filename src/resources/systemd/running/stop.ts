import { join, type Script, shFile } from '../../../shell/script.ts'
import { unitJobFunction } from '../../../shell/unit-job.ts'

/** sh function that stops `$unit` from any state. For a file system that cannot be unmounted, says what uses it. */
export const stopFunction: Script = join([unitJobFunction, shFile(import.meta.url, './stop.sh')])
