import type { Duplex } from 'node:stream'
import { accept } from '../common/link.ts'
import type { FromExecutor, Order, ToExecutor } from '../executor/messages.ts'
import { executorGone } from './launch.ts'
import { frameworkOf, type Run } from './run.ts'
import { dockerCommand, type State } from './state.ts'
import { graceOf } from './tasks.ts'
import { fromExecutor } from './updates.ts'

/** What an executor is to do for a run. */
function orderOf(state: State, run: Run): Order {
  const { flags } = state
  return {
    task: run.info,
    container: run.container,
    directory: run.directory,
    killingState: run.framework.capabilities?.some((c) => c.type === 'TASK_KILLING_STATE') ?? false,
    role: run.task.resources[0]?.allocation_info?.role ?? '*',
    grace: graceOf(state, run),
    docker: dockerCommand(flags),
    launcherDir: flags.text('launcher_dir') ?? '',
    sandbox: flags.text('sandbox_directory') ?? '',
    enableCfs: flags.on('cgroups_enable_cfs'),
  }
}

/** Serves an executor's link: it says which run is its own, then tells that task's states. */
export function serveExecutor(state: State, socket: Duplex): void {
  const link = accept<FromExecutor, ToExecutor>(socket)
  let run: Run | undefined
  link.on('message', (message) => {
    if (message.type === 'update') {
      if (run) fromExecutor(state, run, message.status)
      return
    }
    run = [...state.runs.values()].find(
      (r) => r.container === message.container && frameworkOf(r) === message.framework,
    )
    if (!run || run.ended) {
      link.destroy() // nobody knows it any more
      return
    }
    run.link = link
    link.send({ type: 'run', order: orderOf(state, run) })
    if (run.killing || state.ended.has(frameworkOf(run)))
      link.send({ type: 'kill', ...(run.reason !== undefined && { reason: run.reason }) })
  })
  link.on('close', () => {
    if (!run || run.link !== link) return
    delete run.link
    // not a child of this process: nobody else will say that it ended
    if (run.pid === undefined) executorGone(state, run)
  })
}
