import { createHash } from 'node:crypto'
import { type Probe, probeNote, probeOf } from './check.ts'
import { type Balanceable, hostPort } from './definition.ts'
import { type Mistake, readLabels } from './labels.ts'
import { portOf } from './ports.ts'

/** An app's load balancing, read from its labels, ports and checks. */
export interface Balanced {
  /** The name of its Consul service. */
  readonly name: string
  /** The index of its port that receives requests. */
  readonly portIndex: number
  /** Host names; `*.example.com` matches all names below. */
  readonly hosts: readonly string[]
  /** A path prefix without a trailing slash; `/` matches requests that no other app claims. */
  readonly path: string | undefined
  /** How many seconds a task may take to answer; absent: HAProxy's default. */
  readonly timeout?: number
  /** The most concurrent requests per task; absent: HAProxy's default. */
  readonly maxconn?: number
  /** Clients stay with the task that answered them first. */
  readonly sticky?: true
  /** The HAProxies' port that serves it over TCP; absent if it is served over HTTP, by host and path. */
  readonly tcp?: number
  /** How HAProxy checks its tasks. */
  readonly probe: Probe
  /** Settings that cannot be followed and are ignored. */
  readonly mistakes: readonly Mistake[]
  /** Settings that work differently than they seem to. */
  readonly notes: readonly Mistake[]
}

/** Is the app behind the HAProxies? */
const isEnabled = ({ labels }: Pick<Balanceable, 'labels'>): boolean => labels['lb.enable'] === 'true'

/**
 * Reads an app's load balancing; undefined if it has none. The registrar acts on this, and `deploy` refuses what the
 * registrar could not act on.
 */
export function balanced(app: Balanceable): Balanced | undefined {
  if (!isEnabled(app)) return undefined
  const said = readLabels(app.id, app.labels)
  const { name, hosts, path, check, timeout, maxconn, sticky, tcp, mistakes } = said
  const port = portOf(app.ports, app.portsAt, app.labels['lb.port'])
  const { probe, mistakes: unasked } = probeOf(app, { port: port.index, path: check, tcp: tcp !== undefined })
  return {
    name,
    portIndex: port.index,
    hosts,
    path,
    ...(timeout === undefined ? {} : { timeout }),
    ...(maxconn === undefined ? {} : { maxconn }),
    ...(sticky ? { sticky } : {}),
    ...(tcp === undefined ? {} : { tcp }),
    probe,
    mistakes: [...mistakes, ...port.mistakes, ...(port.mistakes.length > 0 ? [] : unasked)],
    notes: probeNote(app, probe, tcp !== undefined),
  }
}

/** The index of the port that receives requests. */
export const portIndexOf = ({ ports, portsAt, labels }: Balanceable): number =>
  portOf(ports, portsAt, labels['lb.port']).index

/** The port of a task's host that HAProxy checks; undefined if it is the port that receives the requests. */
export function checkPort(
  { ports }: Balanceable,
  { probe, portIndex }: Balanced,
  onHost: readonly number[],
): number | undefined {
  if ('fixed' in probe.port) return probe.port.fixed
  return probe.port.index === portIndex ? undefined : hostPort(ports, probe.port.index, onHost)
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/**
 * A server's name in HAProxy: unique, and the same on every slave. A restarted task keeps its instance, so the name
 * includes the number of its start.
 */
export function serverName(task: string, portIndex: number): string {
  const [, uuid, incarnation] = /instance-([0-9a-f]{8})[0-9a-f-]*(?:\._?[\w-]+)?\.(\d+)$/.exec(task) ?? []
  return `t_${uuid ?? hash(task)}_${incarnation ?? 0}${portIndex > 0 ? `_p${portIndex}` : ''}`
}
