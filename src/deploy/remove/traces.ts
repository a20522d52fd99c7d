import { balanced } from '../../balancing/balanced.ts'
import { balanceable } from '../../balancing/definition.ts'
import { isSameService, serviceName } from '../../balancing/words.ts'
import type { Definition } from '../../clients/marathon-answers.ts'
import { message } from '../../lib/message.ts'
import { count } from '../../lib/units.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import { pause, type Run } from '../rollout/run.ts'

/**
 * How many milliseconds registrars and HAProxies get to follow: usually 3.2 s, but the registrar waits 30 s before it
 * believes that all apps are gone.
 */
const DEADLINE = 90_000

/** The name of an app's service in Consul, if its definition is known; undefined if it has none. */
const serviceOf = (id: string, definition: Definition | undefined): string | undefined =>
  definition === undefined ? serviceName(id) : balanced(balanceable(definition))?.name

/** Does another app have a service, too? */
export const isShared = (service: string, others: readonly Definition[]): boolean =>
  others.some((each) => isSameService(serviceOf(String(each.id), each) ?? '', service))

/** The service in Consul that goes with an app; undefined if it has none, or if another app has the same. */
export function ownService(
  id: string,
  definition: Definition | undefined,
  others: readonly Definition[],
): string | undefined {
  const service = serviceOf(id, definition)
  return service === undefined || isShared(service, others) ? undefined : service
}

/** What remains of an app outside Marathon. */
export interface Traces {
  /** How many tasks are registered in Consul. */
  readonly registered: number
  /** The hosts whose HAProxy has a backend of it. */
  readonly balancers: readonly string[]
  /** One sentence for each source that did not answer. */
  readonly unknown: readonly string[]
}

/** Looks for an app's service in Consul and in every HAProxy. */
export async function tracesOf({ cluster }: Run, service: string): Promise<Traces> {
  const unknown: string[] = []
  const registered = await cluster.registered(service).catch((error) => {
    unknown.push(`Consul cannot be asked: ${message(error)}`)
    return 0
  })
  const balancers = await Promise.all(
    cluster.balancers.map(async ({ host, stats }) => {
      try {
        return (await stats()).some(({ name }) => name === `be_${service}`) ? [host] : []
      } catch (error) {
        unknown.push(`${host}: its HAProxy cannot be asked: ${message(error)}`)
        return []
      }
    }),
  )
  return { registered, balancers: balancers.flat(), unknown: unknown.sort() }
}

/** Describes traces, one sentence per place. */
const said = ({ registered, balancers, unknown }: Traces, service: string): readonly string[] => [
  ...(registered > 0 ? [`Consul still has ${count(registered, 'registration')} of ${service}`] : []),
  ...balancers.map((host) => `${host}: its HAProxy still has be_${service}`),
  ...unknown,
]

/** Waits until nothing remains of an app. @returns one sentence for each place that still has it after the deadline */
export async function gone(run: Run, service: string): Promise<readonly string[]> {
  const isLast = timeLimit(DEADLINE, run.cluster.now)
  for (let told = false; ; ) {
    const last = isLast()
    const traces = await tracesOf(run, service)
    const left = said(traces, service)
    told ||= left.length > 0
    if (told)
      run.emit({ event: 'leaving', tasks: 0, registered: traces.registered, balancers: traces.balancers.length })
    if (left.length === 0 || last) return left
    await pause(run, run.signal)
  }
}
