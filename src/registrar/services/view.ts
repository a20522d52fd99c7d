import { type Balanced, balanced } from '../../balancing/balanced.ts'
import { hostPort } from '../../balancing/definition.ts'
import { marathonSays, taskHealth } from '../../model/task-health.ts'
import type { App, Task } from '../marathon/answers.ts'
import { type Registration, registrationOf } from './registration.ts'

/** This slave's identity. */
export interface Self {
  readonly cluster: string
  /** The address of its services. */
  readonly address: string
  /** Its Mesos agent's id; undefined if it is not known yet: then the slave's names identify its tasks. */
  readonly slaveId: string | undefined
  readonly hostnames: readonly string[]
  /** When this host booted, in milliseconds since 1970. */
  readonly bootedAt: number
  /** The health of tasks according to the Mesos agent, by id. */
  readonly health: ReadonlyMap<string, boolean>
}

/**
 * A task's condition. `unknown`: there is too little evidence (Marathon has no results after a change of its leader and
 * the agent says nothing; the agent is unreachable; the task is still starting). `failing`: its health checks fail.
 */
export type Verdict = 'ready' | 'unknown' | 'failing' | 'killing' | 'gone'

/** A balanced task on this slave. */
export interface Seen {
  readonly task: string
  readonly verdict: Verdict
  readonly registration: Registration
  /** All its ports on this host. */
  readonly ports: readonly number[]
  /** When it started, in milliseconds since 1970; a task that is still starting counts as the newest. */
  readonly since: number
  /** The app's definition has changed since: the labels are those of a newer version. */
  readonly old: boolean
}

const GONE = new Set(
  ['FINISHED', 'FAILED', 'KILLED', 'ERROR', 'LOST', 'DROPPED', 'GONE', 'GONE_BY_OPERATOR', 'UNKNOWN'].map(
    (s) => `TASK_${s}`,
  ),
)

/** Has a task in this state ended for good? */
export const isTerminal = (state: string): boolean => GONE.has(state)

/** How many milliseconds two hosts' clocks may differ. */
const CLOCKS = 10_000

const marathonOf = (checks: number, { results, startedAt }: Task): boolean | undefined =>
  marathonSays(results, checks, startedAt)

/** Is there a task on this slave whose health Marathon does not know, so that the agent must be asked? */
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

/** A task's condition according to Marathon and its agent. */
export function verdictOf(
  { checks }: Pick<App, 'checks'>,
  task: Task,
  { bootedAt, health }: Pick<Self, 'bootedAt' | 'health'>,
): Verdict {
  if (isTerminal(task.state)) return 'gone'
  // Marathon notices only after a while that a host was switched off together with its tasks.
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

/** Does a task run on this slave? */
export const isOwn = ({ slaveId, hostnames }: Self, task: Pick<Task, 'slaveId' | 'host'>): boolean =>
  slaveId === undefined ? hostnames.includes(task.host) : task.slaveId === slaveId

/** Does the agent have another id than expected? The slave's names then match the tasks, but its id does not. */
export const isStranger = ({ slaveId, hostnames }: Self, apps: readonly App[]): boolean =>
  apps.some(({ tasks }) =>
    tasks.some((task) => hostnames.includes(task.host) && task.slaveId !== slaveId && !isTerminal(task.state)),
  )

/** The part of Marathon's answer that concerns a slave. */
export interface Business {
  /** The balanced tasks of this slave, by service ID. */
  readonly seen: ReadonlyMap<string, Seen>
  /** The wanted number of tasks of each service, across all slaves. */
  readonly wanted: Readonly<Record<string, number>>
  /** Labels that cannot be followed. */
  readonly problems: readonly string[]
}

/** Picks what concerns this slave from Marathon's apps. */
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

/** Apps that bypassed `deploy` may share a name, or a port of the HAProxies. */
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
        name.toLowerCase(), // Consul ignores case
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

/** The instance that a task is a start of, as named by health events. */
export const instanceOf = (task: string): string => task.replace(/\._?[\w-]+\.\d+$/, '')

/** The tasks whose health events may matter here, from an answer of Marathon's. */
export interface Neighbours {
  /** Balanced apps, by id. */
  readonly apps: ReadonlySet<string>
  /** Instances of theirs that run only on other slaves. */
  readonly foreign: ReadonlySet<string>
}

/** Finds the apps and instances of other slaves. */
export function neighbours(apps: readonly App[], self: Self): Neighbours {
  const tasks = apps.flatMap((app) => app.tasks)
  const own = new Set(tasks.filter((task) => isOwn(self, task)).map(({ id }) => instanceOf(id)))
  const foreign = tasks.map(({ id }) => instanceOf(id)).filter((instance) => !own.has(instance))
  return { apps: new Set(apps.map(({ id }) => id)), foreign: new Set(foreign) }
}
