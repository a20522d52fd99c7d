import { type Json, list, object, text } from '../lib/json.ts'
import { marathonSays, type Others } from '../model/task-health.ts'

/** An app's definition as JSON, in the form that is sent and that Marathon stores. */
export type Definition = Readonly<Record<string, unknown>>

/** One task of an app. */
export interface MarathonTask {
  /** `web.instance-UUID._app.N`; N counts the starts of this instance. */
  readonly id: string
  /** The hostname of its Mesos agent. */
  readonly host: string
  readonly slaveId: string
  readonly state: string
  /** The version it was started from. Empty while it waits to be restarted. */
  readonly version: string
  /**
   * Its health according to Marathon: `undefined` if Marathon has no result (not yet, or no longer), or the app has no
   * check.
   */
  readonly healthy: boolean | undefined
  /** What other sources say, if they were asked. */
  readonly others?: Others
  readonly ports: readonly number[]
}

/** The last failed task of an app. */
export interface TaskFailure {
  readonly taskId: string
  readonly host: string
  readonly state: string
  readonly message: string
  readonly version: string
  readonly timestamp: string
}

/** The current state of an app. */
export interface MarathonApp {
  readonly id: string
  readonly instances: number
  /** The timestamp of the last change of any kind. */
  readonly version: string
  /** The version that introduced this definition, apart from its `instances`. */
  readonly configVersion: string
  readonly definition: Definition
  readonly tasks: readonly MarathonTask[]
  /** Ids of the deployments that lock it. */
  readonly deployments: readonly string[]
  readonly lastFailure?: TaskFailure
}

/** A deployment that is under way. */
export interface Deployment {
  readonly id: string
  readonly version: string
  readonly apps: readonly string[]
  /** Its current action: `RestartApplication /web`. */
  readonly doing: string
}

/** Instances of an app that are waiting to start. */
export interface Queued {
  readonly app: string
  readonly count: number
  /** How many seconds Marathon delays them because they failed before. */
  readonly delay: number
  /** Why Marathon declined the last offers of Mesos' agents: how many of them, of how many. */
  readonly refused: readonly { readonly reason: string; readonly declined: number; readonly processed: number }[]
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** Members that are not part of a definition: Marathon adds them to an app in its answers. */
const ADDED = new Set([
  'version',
  'versionInfo',
  'tasksStaged',
  'tasksRunning',
  'tasksHealthy',
  'tasksUnhealthy',
  'deployments',
  'readinessCheckResults',
  'tasks',
  'lastTaskFailure',
  'tasksStats',
])

/**
 * The definition in an answer, in a form that can be sent again: Marathon refuses a `version` together with other
 * members.
 */
export const definitionOf = (app: Json): Definition =>
  Object.fromEntries(Object.entries(app).filter(([key]) => !ADDED.has(key)))

/** The version that introduced a stored version's definition, apart from its `instances`. */
export const configVersionOf = (app: Json): string =>
  text(object(app.versionInfo).lastConfigChangeAt) || text(app.version)

const time = (value: unknown): number | undefined => {
  const at = Date.parse(text(value))
  return Number.isNaN(at) ? undefined : at
}

/** A task as Marathon lists it, before its check results are evaluated. */
export interface ListedTask extends Omit<MarathonTask, 'healthy' | 'others'> {
  /** Milliseconds since 1970; undefined if it has not started. */
  readonly startedAt: number | undefined
  readonly results: readonly { readonly alive: boolean; readonly lastSuccess: number | undefined }[]
}

/** Parses a task. */
export function listedTask(value: unknown): ListedTask {
  const task = object(value)
  return {
    id: text(task.id),
    host: text(task.host),
    slaveId: text(task.slaveId),
    state: text(task.state),
    version: text(task.version),
    startedAt: time(task.startedAt),
    ports: list(task.ports).filter((port) => typeof port === 'number'),
    results: list(task.healthCheckResults).map((each) => {
      const { alive, lastSuccess } = object(each)
      return { alive: alive === true, lastSuccess: time(lastSuccess) }
    }),
  }
}

function parseTask(value: unknown, checks: number): MarathonTask {
  const { results, startedAt, ...task } = listedTask(value)
  return { ...task, healthy: marathonSays(results, checks, startedAt) }
}

function parseFailure(value: unknown): TaskFailure | undefined {
  const failure = object(value)
  if (text(failure.taskId) === '') return undefined
  return {
    taskId: text(failure.taskId),
    host: text(failure.host),
    state: text(failure.state),
    message: text(failure.message),
    version: text(failure.version),
    timestamp: text(failure.timestamp),
  }
}

/** Parses the answer of `GET /v2/apps/ID`. @throws Error for any other answer */
export function parseApp(answer: unknown): MarathonApp {
  const app = object(object(answer).app)
  if (text(app.id) === '' || text(app.version) === '')
    throw new Error('this is not what Marathon answers when it is asked for an app')
  const lastFailure = parseFailure(app.lastTaskFailure)
  return {
    id: text(app.id),
    instances: number(app.instances),
    version: text(app.version),
    configVersion: configVersionOf(app),
    definition: definitionOf(app),
    tasks: list(app.tasks).map((task) => parseTask(task, list(app.healthChecks).length)),
    deployments: list(app.deployments).map((each) => text(object(each).id)),
    ...(lastFailure ? { lastFailure } : {}),
  }
}

/** Parses the answer of `GET /v2/apps`. @throws Error for any other answer */
export function parseApps(answer: unknown): readonly MarathonApp[] {
  const { apps } = object(answer)
  if (!Array.isArray(apps)) throw new Error('this is not what Marathon answers when it is asked for its apps')
  return apps.map((app) => parseApp({ app }))
}

/** Parses the answer of `GET /v2/deployments`. @throws Error for any other answer */
export function parseDeployments(answer: unknown): readonly Deployment[] {
  if (!Array.isArray(answer)) throw new Error('this is not what Marathon answers when it is asked for its deployments')
  return answer.map((each) => {
    const deployment = object(each)
    return {
      id: text(deployment.id),
      version: text(deployment.version),
      apps: list(deployment.affectedApps).map(text),
      doing: list(deployment.currentActions)
        .map((action) => `${text(object(action).action)} ${text(object(action).app) || text(object(action).pod)}`)
        .join(', '),
    }
  })
}

/** Parses the answer of `GET /v2/queue`. @throws Error for any other answer */
export function parseQueue(answer: unknown): readonly Queued[] {
  const { queue } = object(answer)
  if (!Array.isArray(queue)) throw new Error('this is not what Marathon answers when it is asked for its queue')
  return queue.map((each) => {
    const item = object(each)
    const delay = object(item.delay)
    return {
      app: text(object(item.app).id) || text(object(item.pod).id),
      count: number(item.count),
      delay: delay.overdue === true ? 0 : number(delay.timeLeftSeconds),
      refused: list(object(item.processedOffersSummary).rejectSummaryLastOffers)
        .map(object)
        .filter((step) => number(step.declined) > 0)
        .map((step) => ({
          reason: text(step.reason),
          declined: number(step.declined),
          processed: number(step.processed),
        })),
    }
  })
}

/** Parses the answer to a write: the deployment that it started. */
export const parseBegun = (answer: unknown): { readonly deployment: string; readonly version: string } => ({
  deployment: text(object(answer).deploymentId),
  version: text(object(answer).version),
})

/** A 4xx answer in one sentence: its message, and each mistake with its path. */
export function parseRefusal(body: string): string {
  let answer: Json
  try {
    answer = object(JSON.parse(body))
  } catch {
    return body
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 200)
  }
  const details = list(answer.details).flatMap((each) => {
    const { path, errors } = object(each)
    return list(errors).map((error) => `${text(path)}: ${text(error)}`)
  })
  return [text(answer.message), ...(details.length > 0 ? details : [text(answer.details)])]
    .filter((part) => part !== '')
    .join('; ')
}
