import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { RunResult } from '../../engine/events.ts'
import { clean, lookOf } from '../../report/index.ts'
import type { CommandModule } from '../commands.ts'
import type { Io } from '../io.ts'
import { runHosts } from '../kit/run-hosts.ts'
import { UsageError } from '../usage-error.ts'

/** The sh of all hosts that have something to do, each under a comment that names its host. */
function printScripts({ hosts }: RunResult, io: Io): void {
  const look = lookOf(io.stdout, io.env)
  for (const { host, script } of hosts) {
    if (script === undefined) continue
    const lines = script.split('\n').map((line) => clean(line, { unicode: true }))
    io.stdout.write(`# ${clean(host, look)}\n${lines.join('\n')}\n\n`)
  }
}

/** Keeps a plan for `apply --plan`. It holds no secret, but it says how hosts look: only its owner may read it. */
async function keep({ planFile }: RunResult, path: string, io: Io): Promise<void> {
  await writeFile(resolve(io.cwd, path), `${JSON.stringify(planFile, undefined, 2)}\n`, { mode: 0o600 }).catch(
    (error: NodeJS.ErrnoException) => {
      throw new UsageError(`the plan cannot be written to ${path}: ${error.code}`)
    },
  )
  io.stderr.write(`Kept in ${path}. To apply exactly this: provision apply --plan ${path}\n`)
}

/** `provision plan`: shows what `apply` would do. */
export const run: CommandModule['run'] = async ({ flags }, io) => {
  const script = flags.script ?? false
  const result = await runHosts('plan', flags, io, { script })
  if (script && !flags.json) printScripts(result, io)
  if (flags.out !== undefined) await keep(result, flags.out, io)
  return result.exitCode
}
