import { type Script, shFile } from '../../../shell/script.ts'

/**
 * sh function that brings `$unit` down from any state. Of a file system that cannot be unmounted it says who uses it.
 */
export const stopFunction: Script = shFile(import.meta.url, './stop.sh')
