import { type Balanceable, balanceable } from '../../balancing/definition.ts'
import { type ListedTask, listedTask } from '../../clients/marathon-answers.ts'
import { list as asList, object as asObject, text as asText, type Json } from '../../lib/json.ts'

/**
 * A task as Marathon lists it. `TASK_RUNNING`, `TASK_KILLING`…; a task that waits for its restart shows its last state.
 */
export type Task = ListedTask

/** The relevant part of an app as Marathon lists it. */
export interface App extends Balanceable {
  /** The version that last changed more of its definition than the number of instances; comparable as text. */
  readonly configuredAt: string
  /** How many tasks it wants. */
  readonly instances: number
  readonly tasks: readonly Task[]
}

const object = (value: unknown, what: string): Json => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`Marathon's answer has no ${what}`)
  return value as Json
}
const list = (value: unknown, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw new Error(`Marathon's answer has no ${what}`)
  return value
}
const text = (value: unknown, what: string): string => {
  if (typeof value !== 'string') throw new Error(`Marathon's answer has no ${what}`)
  return value
}
/** @throws Error if a required member is missing */
function taskOf(value: unknown): Task {
  const task = object(value, 'task')
  text(task.id, "task's id")
  text(task.state, "task's state")
  for (const each of asList(task.healthCheckResults)) object(each, 'health result')
  return listedTask(task)
}

function appOf(value: unknown): App {
  const app = object(value, 'app')
  text(app.id, "app's id")
  return {
    ...balanceable(app),
    configuredAt: asText(asObject(app.versionInfo).lastConfigChangeAt),
    instances: typeof app.instances === 'number' ? app.instances : 0,
    // without them the set would look empty
    tasks: list(app.tasks, "app's tasks").map(taskOf),
  }
}

/**
 * Reads the answer to `/v2/apps?embed=apps.tasks`.
 * @throws Error for any other answer, from which nothing must be concluded
 */
export function parseApps(answer: string): readonly App[] {
  let value: unknown
  try {
    value = JSON.parse(answer)
  } catch {
    throw new Error("Marathon's answer is not JSON")
  }
  return list(object(value, 'apps').apps, 'apps').map(appOf)
}
