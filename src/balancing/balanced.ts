import { createHash } from 'node:crypto'
import { type Probe, probeNote, probeOf } from './check.ts'
import { type Balanceable, hostPort } from './definition.ts'
import { type Mistake, readLabels } from './labels.ts'
import { portOf } from './ports.ts'

/** How an app is balanced, according to its labels, ports and checks. */
export interface Balanced {
  /** The Consul service's name. */
  readonly name: string
  /** Which of its ports. */
  readonly portIndex: number
  /** Host names; `*.example.com` for all below. */
  readonly hosts: readonly string[]
  /** A prefix of paths, without a slash at its end; `/`: all that is meant for nobody else. */
  readonly path: string | undefined
  /** Seconds that a task may take to answer; absent: as all. */
  readonly timeout?: number
  /** Requests that a task gets at once at most; absent: as all. */
  readonly maxconn?: number
  /** A client stays with the task that answered it first. */
  readonly sticky?: true
  /** The port of the HAProxies where it is served over TCP; absent: over HTTP, by its hosts and its path. */
  readonly tcp?: number
  /** What HAProxy asks its tasks. */
  readonly probe: Probe
  /** What cannot be followed, and is left out. */
  readonly mistakes: readonly Mistake[]
  /** What goes another way than it might seem to. */
  readonly notes: readonly Mistake[]
}

/** Whether the app is behind the HAProxies. */
const isEnabled = ({ labels }: Pick<Balanceable, 'labels'>): boolean => labels['lb.enable'] === 'true'

/**
 * Reads how an app is balanced; undefined if it is not. The registrar acts on this, and `deploy` refuses what the
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

/** The index of the port that receives the requests. */
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
 * A server's name in HAProxy: unique, and the same on every slave. A relaunched task keeps its instance, so its number
 * is part of it.
 */
export function serverName(task: string, portIndex: number): string {
  const [, uuid, incarnation] = /instance-([0-9a-f]{8})[0-9a-f-]*(?:\._?[\w-]+)?\.(\d+)$/.exec(task) ?? []
  return `t_${uuid ?? hash(task)}_${incarnation ?? 0}${portIndex > 0 ? `_p${portIndex}` : ''}`
}
