import type { Balanceable, Check } from './definition.ts'
import { labelPath, type Mistake } from './labels.ts'
import { pathMistake } from './words.ts'

/** HAProxy's version of the app's own check, so that HAProxy and Marathon judge a task by the same rule. */
export interface Probe {
  /** `tcp`: accepts connections. */
  readonly kind: 'http' | 'https' | 'tcp'
  /** For `http` and `https`: a GET of this path must answer 200 to 399. */
  readonly path: string
  /** The port to check, by its index in the definition, or the host's port by its number. */
  readonly port: { readonly index: number } | { readonly fixed: number }
}

const kindOf = ({ protocol }: Check): 'HTTP' | 'HTTPS' | 'TCP' | 'COMMAND' =>
  protocol.replace(/^MESOS_/, '') as 'HTTP' | 'HTTPS' | 'TCP' | 'COMMAND'

const isHttp = (check: Check): boolean => /^HTTPS?$/.test(kindOf(check))

/** The port that a check uses; undefined if it is unreachable at the host's address. */
function portOf({ ports }: Balanceable, check: Check): Probe['port'] | undefined {
  const { port, portIndex, protocol } = check
  if (port === undefined) return ports[portIndex]?.onHost === false ? undefined : { index: portIndex }
  // Mesos checks from inside the container, which has port numbers of its own.
  const inside = ports.findIndex((each) => each.inside === port)
  const mapped = ports.some((each) => each.inside > 0)
  if (!protocol.startsWith('MESOS_') || !mapped) return { fixed: port }
  return ports[inside]?.onHost === true ? { index: inside } : undefined
}

/** What matters for an app's check besides the app itself. */
interface Entry {
  /** The index of lb.port. */
  readonly port: number
  /** The label lb.check. */
  readonly path: string | undefined
  /** Is lb.port served as plain TCP? */
  readonly tcp: boolean
}

/**
 * The check that best reflects what requests meet: HTTP at the app's own port, else HTTP elsewhere, else a connection.
 * For an app over TCP, a connection to its own port says more than HTTP elsewhere.
 */
function bestOf(app: Balanceable, { port: lbPort, tcp }: Entry): number {
  const here = (check: Check): boolean => {
    const port = portOf(app, check)
    return port !== undefined && 'index' in port && port.index === lbPort
  }
  const isTcp = (check: Check): boolean => kindOf(check) === 'TCP'
  const wanted: readonly ((check: Check) => boolean)[] = [
    (check) => isHttp(check) && here(check),
    (check) => tcp && isTcp(check) && here(check),
    isHttp,
    isTcp,
  ]
  return wanted.map((fits) => app.checks.findIndex(fits)).find((i) => i >= 0) ?? -1
}

/** The check that HAProxy makes of an app's tasks, and the parts of the app's own check that it cannot repeat. */
export function probeOf(
  app: Balanceable,
  entry: Entry,
): { readonly probe: Probe; readonly mistakes: readonly Mistake[] } {
  const { port: lbPort, path: label, tcp } = entry
  const connect: Probe = { kind: 'tcp', path: '', port: { index: lbPort } }
  if (label !== undefined) return { probe: { kind: 'http', path: label, port: { index: lbPort } }, mistakes: [] }
  const i = bestOf(app, entry)
  const check = app.checks[i]
  if (check === undefined) return { probe: connect, mistakes: [] }
  const wrong = (key: string, message: string) => ({
    probe: connect,
    mistakes: [{ rule: 'lb-check' as const, path: `healthChecks[${i}].${key}`, message }],
  })
  const port = portOf(app, check)
  if (port === undefined)
    return wrong(
      check.port === undefined ? 'portIndex' : 'port',
      `this port can be reached only inside the container, so HAProxy cannot repeat the check. Publish it on the host in ${app.portsAt} and refer to it by portIndex, or set the label lb.check to a path that answers at lb.port.`,
    )
  if (!isHttp(check)) return { probe: { ...connect, port }, mistakes: [] }
  if (!tcp && kindOf(check) === 'HTTPS' && 'index' in port && port.index === lbPort)
    return wrong(
      'protocol',
      `${check.protocol} says that this port speaks TLS, but HAProxy sends plain HTTP to lb.port. Name a port of plain HTTP with lb.port.`,
    )
  const why = pathMistake(check.path, false)
  if (why !== undefined) return wrong('path', `${why} Or set the label lb.check to a path that HAProxy can ask.`)
  return { probe: { kind: kindOf(check) === 'HTTPS' ? 'https' : 'http', path: check.path, port }, mistakes: [] }
}

/** The note about a check that HAProxy cannot repeat in full. */
export function probeNote({ checks }: Balanceable, { kind }: Probe, tcp: boolean): readonly Mistake[] {
  const path = tcp ? '' : ` Set ${labelPath('lb.check')} to a path that answers 200 to 399 to have it asked.`
  if (kind !== 'tcp' || checks.length === 0 || checks.some((check) => kindOf(check) !== 'COMMAND')) return []
  return [
    {
      rule: 'lb-check',
      path: 'healthChecks',
      message: `HAProxy cannot run a command: it asks only whether lb.port takes connections.${path}`,
    },
  ]
}
