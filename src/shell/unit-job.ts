import { join, type Script, sh, shFile } from './script.ts'

/** Seconds that a unit may take whose own limit is infinite. */
const LIMIT = 900

/** sh function `unit_job VERB UNIT`: starts, restarts, reloads or stops a unit, and does not wait for ever. */
export const unitJobFunction: Script = join([sh`job_limit=${LIMIT}`, shFile(import.meta.url, './unit-job.sh')])
