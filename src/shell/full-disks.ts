import { type Script, shFile } from './script.ts'

/** sh function `full_disks`: a line for each local file system that is full, `PATH`, a tab, and `is full`. */
export const fullDisksFunction: Script = shFile(import.meta.url, './full-disks.sh')
