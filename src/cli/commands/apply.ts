import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type PlanFile, parsePlanFile } from '../../engine/plan/plan-file.ts'
import type { CommandModule } from '../commands.ts'
import { runHosts } from '../kit/run-hosts.ts'
import { UsageError } from '../usage-error.ts'

async function readPlan(path: string, cwd: string): Promise<PlanFile> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT'
        ? `there is no plan file ${path}; make one with: provision plan --out ${path}`
        : `the plan file ${path} cannot be read: ${error.code}`,
    )
  })
  return parsePlanFile(text, path)
}

/** `provision apply`: makes hosts what their recipes say. */
export const run: CommandModule['run'] = async ({ flags }, io) => {
  const planFile = flags.plan === undefined ? undefined : await readPlan(flags.plan, io.cwd)
  return (await runHosts('apply', flags, io, planFile ? { planFile } : {})).exitCode
}
