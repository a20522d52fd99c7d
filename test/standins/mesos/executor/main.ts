import { parseArgs } from 'node:util'
import { STAND_IN } from '../common/build.ts'
import { dial } from '../common/link.ts'
import { Executor } from './executor.ts'
import type { FromExecutor, ToExecutor } from './messages.ts'
import { pause } from './workload.ts'

/**
 * A stand-in for Mesos' executors: looks after one task, tells its agent, and lives on while that is away. SIGTERM ends
 * it, or it would hold up its host's shutdown.
 */
export async function main(program: string, args: readonly string[]): Promise<void> {
  process.title = program
  const { values } = parseArgs({
    args: [...args],
    options: {
      ip: { type: 'string' },
      port: { type: 'string' },
      framework: { type: 'string' },
      container: { type: 'string' },
      checkpoint: { type: 'boolean' },
      recovery_timeout: { type: 'string' },
    },
  }) // prettier-ignore
  const { ip = '', port = '', framework = '', container = '', checkpoint = false, recovery_timeout = '900000' } = values
  process.stdout.write(`${STAND_IN(program)}\n`)
  const task = new Executor()
  let lost = performance.now()
  for (;;) {
    const link = await dial<ToExecutor, FromExecutor>(ip, Number(port), '/stand-in/executor').catch(() => undefined)
    if (link) {
      await task.serve(link, { framework, container })
      lost = performance.now()
      if (!checkpoint) task.abandon('the agent is gone, and the framework does not checkpoint')
    }
    if (performance.now() - lost > Number(recovery_timeout))
      task.abandon(`the agent did not come back within ${recovery_timeout} ms`)
    await pause(100)
  }
}
