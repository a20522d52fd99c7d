import type { TaskInfo } from '../../standins/marathon/core/mesos.ts'
import type { Behaviour } from '../../standins/marathon/sim/behaviour.ts'
import type { SimAgent } from '../../standins/marathon/sim/mesos.ts'

/** The agents that were there when the real one was recorded. */
export const agents: readonly SimAgent[] = [
  { host: 'agent1', attributes: { rack: 'r1', zone: 'z1' } },
  { host: 'agent2', attributes: { rack: 'r2', zone: 'z1' } },
]

const FAILED = { at: 150, state: 'TASK_FAILED', message: 'Command exited with status 3' }

interface Command {
  readonly value?: string
  readonly environment: { readonly variables: readonly { readonly name: string }[] }
}

/** What the commands of the recordings do, in a hurry. Those agents had no Docker. */
export const behave = (task: TaskInfo): Behaviour => {
  const { value = '', environment } = task.command as Command
  const has = (variable: string): boolean => environment.variables.some(({ name }) => name === variable)
  // one that is to be seen before it is ready is not ready before a busy machine has looked
  const usual = { runs: 50, healthy: has('READY_AFTER') ? 3500 : 100, dies: has('TERM_DELAY') ? 1500 : 20 }
  if ((task.container as { type?: string } | undefined)?.type === 'DOCKER')
    return {
      ...usual,
      runs: 10_000,
      ends: { at: 50, state: 'TASK_FAILED', message: 'Abnormal executor termination: unknown container' },
    }
  if (value.includes('exit')) return { ...usual, ends: FAILED }
  if (value === 'sleep 2')
    return { ...usual, ends: { at: 1500, state: 'TASK_FINISHED', message: 'Command exited with status 0' } }
  return usual
}
