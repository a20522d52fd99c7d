import { type Balanceable, balanceable } from '../../balancing/definition.ts'

/** A task as Marathon lists it. */
export interface Task {
  readonly id: string
  readonly slaveId: string
  readonly host: string
  /** `TASK_RUNNING`, `TASK_KILLING`…; a task that waits for its relaunch shows its last state. */
  readonly state: string
  /** Milliseconds since 1970; undefined where it has not started. */
  readonly startedAt: number | undefined
  /** The version of the app's definition that it was launched with. */
  readonly version: string
  /** Host ports, in the order of the definition. */
  readonly ports: readonly number[]
  readonly results: readonly { readonly alive: boolean; readonly lastSuccess: number | undefined }[]
}

/** An app as Marathon lists it, what matters here. */
export interface App extends Balanceable {
  /** When its definition last changed in more than the number of instances: a version, comparable as text. */
  readonly configuredAt: string
  readonly tasks: readonly Task[]
}

type Json = Readonly<Record<string, unknown>>

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
const optionalText = (value: unknown): string => (typeof value === 'string' ? value : '')
const optionalList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const time = (value: unknown): number | undefined => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

function taskOf(value: unknown): Task {
  const task = object(value, 'task')
  return {
    id: text(task.id, "task's id"),
    slaveId: optionalText(task.slaveId),
    host: optionalText(task.host),
    state: text(task.state, "task's state"),
    startedAt: time(task.startedAt),
    version: optionalText(task.version),
    ports: optionalList(task.ports).filter((port): port is number => typeof port === 'number'),
    results: optionalList(task.healthCheckResults).map((each) => {
      const result = object(each, 'health result')
      return { alive: result.alive === true, lastSuccess: time(result.lastSuccess) }
    }),
  }
}

function appOf(value: unknown): App {
  const app = object(value, 'app')
  text(app.id, "app's id")
  return {
    ...balanceable(app),
    configuredAt: optionalText((app.versionInfo as Json | undefined)?.lastConfigChangeAt),
    // without them the set would look empty
    tasks: list(app.tasks, "app's tasks").map(taskOf),
  }
}

/**
 * Reads the answer to `/v2/apps?embed=apps.tasks`.
 * @throws Error where it is not one: then nothing may be concluded from it.
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
