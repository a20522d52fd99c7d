import { type Balanced, checkPort, serverName } from '../../balancing/balanced.ts'
import { hostPort } from '../../balancing/definition.ts'
import { object } from '../../lib/json.ts'
import type { App, Task } from '../marathon/answers.ts'

/** The prefix of our services' IDs, which is also in their Meta. */
const PREFIX = 'provision'
const MANAGER = 'provision-registrar'

/** Does a service get traffic always, or only if no other can take it? */
export type State = 'serving' | 'draining'

/** A service at the local Consul agent. */
export interface Registration {
  /** `provision:CLUSTER:TASK:PORTINDEX` */
  readonly id: string
  readonly name: string
  readonly address: string
  readonly port: number
  readonly meta: Readonly<Record<string, string>>
}

/** The task of a service. */
export const taskOf = ({ meta }: Registration): string => meta.task ?? ''

/** The same service in another state. */
export const inState = (registration: Registration, state: State): Registration => ({
  ...registration,
  meta: { ...registration.meta, state },
})

/** How HAProxy must check a task, in the form of Meta. */
function checkOf(app: App, how: Balanced, task: Task): Readonly<Record<string, string>> {
  const { kind, path } = how.probe
  const port = checkPort(app, how, task.ports)
  return {
    'lb-check-kind': kind,
    ...(kind === 'tcp' ? {} : { 'lb-check': path }),
    ...(port === undefined ? {} : { 'lb-check-port': String(port) }),
  }
}

/** The registration of a task; undefined if it has no such port (yet). */
export function registrationOf(
  app: App,
  how: Balanced,
  task: Task,
  cluster: string,
  address: string,
): Registration | undefined {
  const { name, portIndex, hosts, path, timeout, maxconn, sticky, tcp } = how
  const port = hostPort(app.ports, portIndex, task.ports)
  if (port === undefined) return undefined
  return {
    id: `${PREFIX}:${cluster}:${task.id}:${portIndex}`,
    name,
    address,
    port,
    meta: {
      'managed-by': MANAGER,
      cluster,
      app: app.id,
      task: task.id,
      version: task.version,
      server: serverName(task.id, portIndex),
      state: 'serving',
      ...(hosts.length === 0 ? {} : { 'lb-host': hosts.join(',') }),
      ...(path === undefined ? {} : { 'lb-path': path }),
      ...(timeout === undefined ? {} : { 'lb-timeout': String(timeout) }),
      ...(maxconn === undefined ? {} : { 'lb-maxconn': String(maxconn) }),
      ...(sticky ? { 'lb-sticky': 'true' } : {}),
      ...(tcp === undefined ? {} : { 'lb-tcp': String(tcp) }),
      ...checkOf(app, how, task),
    },
  }
}

/** The payload for `PUT /v1/agent/service/register`. */
export const payload = ({ id, name, address, port, meta }: Registration) => ({
  ID: id,
  Name: name,
  Address: address,
  Port: port,
  Tags: ['lb'],
  Meta: meta,
  // Marathon decides whether a task is healthy, by the app's own check. Consul could not repeat that check (it requires
  // 2xx and follows redirects), so it only checks for an open port; and only the registrar removes a service.
  Check: {
    Name: 'takes connections',
    TCP: `${address.includes(':') ? `[${address}]` : address}:${port}`,
    Interval: '5s',
    Timeout: '2s',
    // Marathon has seen the task alive, so there must be no gap until the first check.
    Status: 'passing',
    FailuresBeforeCritical: 2,
  },
})

/**
 * Our services among those of `GET /v1/agent/services`, recognised by ID *and* Meta. All others are none of our
 * business.
 */
export function ownedIn(answer: unknown, cluster: string): ReadonlyMap<string, Registration> {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    throw new Error("Consul's answer has no services")
  const all = Object.values(answer)
    .map(object)
    .map((service) => ({
      id: String(service.ID),
      name: String(service.Service),
      address: String(service.Address),
      port: Number(service.Port),
      meta: Object.fromEntries(Object.entries(object(service.Meta)).map(([key, value]) => [key, String(value)])),
    }))
  return new Map(
    all
      .filter(
        ({ id, meta }) =>
          id.startsWith(`${PREFIX}:${cluster}:`) && meta['managed-by'] === MANAGER && meta.cluster === cluster,
      )
      .map((each) => [each.id, each]),
  )
}

/** Is a service already registered like this? Writing it again would wake everything that watches Consul. */
export function same(a: Registration, b: Registration): boolean {
  const keys = new Set([...Object.keys(a.meta), ...Object.keys(b.meta)])
  return (
    a.name === b.name &&
    a.address === b.address &&
    a.port === b.port &&
    [...keys].every((key) => a.meta[key] === b.meta[key])
  )
}
