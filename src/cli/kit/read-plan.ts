import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type PlanFile, parsePlanFile } from '../../engine/plan/plan-file.ts'
import { codeOf, whyUnread } from '../../lib/message.ts'
import { UsageError } from '../usage-error.ts'

/** Reads a plan written by `provision plan --out`. @throws UsageError, PlanFileError */
export async function readPlan(path: string, cwd: string): Promise<PlanFile> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((error) => {
    throw new UsageError(
      codeOf(error) === 'ENOENT'
        ? `there is no plan file ${path}; make one with: provision plan --out ${path}`
        : `the plan file ${path} cannot be read: ${whyUnread(error)}`,
    )
  })
  return parsePlanFile(text, path)
}
