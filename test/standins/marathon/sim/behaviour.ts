import type { TaskInfo } from '../core/mesos.ts'

/** How a task behaves, in milliseconds since its launch; what is absent never happens. */
export interface Behaviour {
  /** TASK_RUNNING. */
  readonly runs: number
  readonly healthy?: number
  /** It ends by itself, with this message. */
  readonly ends?: { readonly at: number; readonly state: string; readonly message: string }
  /** Mesos kills it for its checks. */
  readonly unwell?: number
  /** How long it takes to die when it is told to. */
  readonly dies: number
}

const variable = (task: TaskInfo, name: string): string | undefined =>
  (task.command as { environment: { variables: { name: string; value: string }[] } }).environment.variables.find(
    (v) => v.name === name,
  )?.value

/**
 * By the variable MODE: `ok`, `sick` (never healthy), `killed` (never healthy, and Mesos kills it for that; serves on
 * for 10 s), `exit` (ends at once), `slow` (healthy after 45 s).
 */
export const byMode = (task: TaskInfo): Behaviour => {
  const mode = variable(task, 'MODE') ?? 'ok'
  if (mode === 'exit')
    return { runs: 300, ends: { at: 500, state: 'TASK_FAILED', message: 'Command exited with status 1' }, dies: 100 }
  if (mode === 'killed') return { runs: 300, unwell: 5000, dies: 10_000 }
  if (mode === 'sick') return { runs: 300, dies: 100 }
  return { runs: 300, healthy: mode === 'slow' ? 45_000 : 1300, dies: Number(variable(task, 'GRACE') ?? 100) }
}
