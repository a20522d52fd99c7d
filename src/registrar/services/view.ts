import { type Balanced, balanced } from '../../balancing/balanced.ts'
import { hostPort } from '../../balancing/definition.ts'
import { marathonSays, taskHealth } from '../../model/task-health.ts'
import type { App, Task } from '../marathon/answers.ts'
import { type Registration, registrationOf } from './registration.ts'

/** Who this slave is. */
export interface Self {
  readonly cluster: string
  /** Where its services are reached. */
  readonly address: string
  /** Its Mesos agent's id; undefined if nobody could be asked yet: then its names decide. */
  readonly slaveId: string | undefined
  readonly hostnames: readonly string[]
  /** When this host booted, milliseconds since 1970. */
  readonly bootedAt: number
  /** What the Mesos agent says of its tasks' health, by id. */
  readonly health: ReadonlyMap<string, boolean>
}

/**
 * How a task is. `unknown`: not enough to conclude anything (Marathon has no results after a change of its leader, and
 * the agent says nothing; an agent that cannot be reached; a task that is still starting). `failing`: its health checks
 * fail.
 */
export type Verdict = 'ready' | 'unknown' | 'failing' | 'killing' | 'gone'

/** A task of this slave that is to be balanced. */
export interface Seen {
  readonly task: string
  readonly verdict: Verdict
  readonly registration: Registration
  /** All its ports on this host. */
  readonly ports: readonly number[]
  /** When it started, milliseconds since 1970; one that is still starting is the newest. */
  readonly since: number
  /** The app's definition has changed since: the labels are those of another version. */
  readonly old: boolean
}

const GONE = new Set(
  ['FINISHED', 'FAILED', 'KILLED', 'ERROR', 'LOST', 'DROPPED', 'GONE', 'GONE_BY_OPERATOR', 'UNKNOWN'].map(
    (s) => `TASK_${s}`,
  ),
)

/** Whether a task in this state has ended for good. */
export const isTerminal = (state: string): boolean => GONE.has(state)

/** Milliseconds that two hosts' clocks may differ. */
const CLOCKS = 10_000

const marathonOf = (checks: number, { results, startedAt }: Task): boolean | undefined =>
  marathonSays(results, checks, startedAt)

/** Whether a task on this slave has no health from Marathon, so that the agent must be asked. */
export const isSilent = (self: Self, apps: readonly App[]): boolean =>
  apps.some(({ checks, tasks }) =>
    tasks.some(
      (task) =>
        checks.length > 0 &&
        task.state === 'TASK_RUNNING' &&
        isOwn(self, task) &&
        marathonOf(checks.length, task) === undefined,
    ),
  )

const VERDICTS = { healthy: 'ready', unhealthy: 'failing', unknown: 'unknown' } as const

/** How a task is, by what Marathon and its agent say. */
export function verdictOf(
  { checks }: Pick<App, 'checks'>,
  task: Task,
  { bootedAt, health }: Pick<Self, 'bootedAt' | 'health'>,
): Verdict {
  if (isTerminal(task.state)) return 'gone'
  // Marathon learns only after a while that the host was switched off with its tasks.
  if (task.startedAt !== undefined && task.startedAt + CLOCKS < bootedAt) return 'gone'
  if (task.state === 'TASK_KILLING') return 'killing'
  const mesos = health.get(task.id)
  const said = {
    running: task.state === 'TASK_RUNNING',
    checked: checks.length > 0,
    marathon: marathonOf(checks.length, task),
  }
  return VERDICTS[taskHealth({ ...said, ...(mesos === undefined ? {} : { mesos }) })]
}

/** Whether a task runs on this slave. */
export const isOwn = ({ slaveId, hostnames }: Self, task: Pick<Task, 'slaveId' | 'host'>): boolean =>
  slaveId === undefined ? hostnames.includes(task.host) : task.slaveId === slaveId

/** Whether the agent has another id than expected: by its names the tasks are ours, by their ids they are not. */
export const isStranger = ({ slaveId, hostnames }: Self, apps: readonly App[]): boolean =>
  apps.some(({ tasks }) =>
    tasks.some((task) => hostnames.includes(task.host) && task.slaveId !== slaveId && !isTerminal(task.state)),
  )

/** What an answer of Marathon's makes a slave's business. */
export interface Business {
  /** What this slave is to balance, by service ID. */
  readonly seen: ReadonlyMap<string, Seen>
  /** How many tasks there should be of each service, on all slaves together. */
  readonly wanted: Readonly<Record<string, number>>
  /** Labels that cannot be followed. */
  readonly problems: readonly string[]
}

/** What of Marathon's apps is this slave's business. */
export function look(apps: readonly App[], self: Self): Business {
  const enabled = apps.flatMap((app) => {
    const how = balanced(app)
    return how === undefined ? [] : [{ app, how }]
  })
  const seen = enabled.flatMap(({ app, how }) =>
    app.tasks.filter((task) => isOwn(self, task)).flatMap((task) => seeTask(app, how, task, self)),
  )
  return {
    seen: new Map(seen.map((each) => [each.registration.id, each])),
    wanted: Object.fromEntries(
      enabled.flatMap(({ app: { instances }, how: { name } }) => (instances > 0 ? [[name, instances]] : [])),
    ),
    problems: [...enabled.flatMap(({ app, how }) => problemsOf(app, how)), ...shared(enabled)],
  }
}

function seeTask(app: App, how: Balanced, task: Task, self: Self): readonly Seen[] {
  const { cluster, address } = self
  const registration = registrationOf(app, how, task, cluster, address)
  if (registration === undefined) return []
  const { id, ports, startedAt: since = Number.POSITIVE_INFINITY, version } = task
  return [
    { task: id, verdict: verdictOf(app, task, self), registration, ports, since, old: version < app.configuredAt },
  ]
}

function problemsOf({ id, tasks, ports }: App, { mistakes, portIndex }: Balanced): readonly string[] {
  const portless = tasks.some(
    (task) => task.state === 'TASK_RUNNING' && hostPort(ports, portIndex, task.ports) === undefined,
  )
  const all = mistakes.map(({ path, message }) => `${id}: ${path} ${message}`)
  return portless && all.length === 0 ? [`${id}: it has no port ${portIndex} on its host`] : all
}

/** Apps that came past `deploy` may share a name, or a port of the HAProxies. */
function shared(enabled: readonly { readonly app: App; readonly how: Balanced }[]): readonly string[] {
  const first = new Map<string, string>()
  return enabled.flatMap(({ app, how: { name, tcp } }) => {
    const said = (key: string, sentence: (taken: string) => string): readonly string[] => {
      const taken = first.get(key)
      if (taken === undefined) first.set(key, app.id)
      return taken === undefined ? [] : [sentence(taken)]
    }
    return [
      ...said(
        name,
        (taken) => `${app.id} and ${taken} are both the service "${name}": each is sent the other's requests`,
      ),
      ...(tcp === undefined
        ? []
        : said(
            `port ${tcp}`,
            (taken) => `${app.id} and ${taken} both have the label lb.tcp ${tcp}: only one is served there`,
          )),
    ]
  })
}

/** The instance that a task is an incarnation of, as events of its health name it. */
export const instanceOf = (task: string): string => task.replace(/\._?[\w-]+\.\d+$/, '')

/** What an answer of Marathon's says of whose health may matter here. */
export interface Neighbours {
  /** Apps that are balanced, by id. */
  readonly apps: ReadonlySet<string>
  /** Instances of theirs that run on other slaves only. */
  readonly foreign: ReadonlySet<string>
}

/** Who else there is. */
export function neighbours(apps: readonly App[], self: Self): Neighbours {
  const tasks = apps.flatMap((app) => app.tasks)
  const own = new Set(tasks.filter((task) => isOwn(self, task)).map(({ id }) => instanceOf(id)))
  const foreign = tasks.map(({ id }) => instanceOf(id)).filter((instance) => !own.has(instance))
  return { apps: new Set(apps.map(({ id }) => id)), foreign: new Set(foreign) }
}
