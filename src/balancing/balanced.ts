import { createHash } from 'node:crypto'
import { type Probe, probeNote, probeOf } from './check.ts'
import { type Balanceable, hostPort } from './definition.ts'
import { type Mistake, portOf, readLabels } from './labels.ts'

/** How an app is balanced: what its labels, ports and checks say. */
export interface Balanced {
  /** The Consul service's name. */
  readonly name: string
  /** Which of its ports. */
  readonly portIndex: number
  /** Host names; `*.example.com` for all below. */
  readonly hosts: readonly string[]
  /** A prefix of paths, without a slash at its end; `/`: all that is meant for nobody else. */
  readonly path: string | undefined
  /** What HAProxy asks its tasks. */
  readonly probe: Probe
  /** What cannot be followed, and is left out. */
  readonly mistakes: readonly Mistake[]
  /** What goes another way than it might seem to. */
  readonly notes: readonly Mistake[]
}

/** Is it behind the HAProxies? */
export const isEnabled = ({ labels }: Pick<Balanceable, 'labels'>): boolean => labels['lb.enable'] === 'true'

/**
 * Reads how an app is to be balanced; undefined: not at all. The one place that knows: the registrar follows it, and
 * `deploy` refuses what it could not.
 */
export function balanced(app: Balanceable): Balanced | undefined {
  if (!isEnabled(app)) return undefined
  const { name, hosts, path, check, mistakes } = readLabels(app.id, app.labels)
  const port = portOf(app.ports, app.portsAt, app.labels['lb.port'])
  const { probe, mistakes: unasked } = probeOf(app, port.index, check)
  return {
    name,
    portIndex: port.index,
    hosts,
    path,
    probe,
    mistakes: [...mistakes, ...port.mistakes, ...(port.mistakes.length > 0 ? [] : unasked)],
    notes: probeNote(app, probe),
  }
}

/** The port that gets the requests, by its index. */
export const portIndexOf = ({ ports, portsAt, labels }: Balanceable): number =>
  portOf(ports, portsAt, labels['lb.port']).index

/**
 * Where HAProxy's check asks a task, by the task's ports on its host; undefined: at the port that gets the requests.
 */
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
