import { type Json, list, object, text } from '../lib/json.ts'

/** One of an app's ports, in the order of its definition. */
export interface Port {
  /** Empty if it has none. */
  readonly name: string
  /** `tcp`, `udp` or `udp,tcp`. */
  readonly protocol: string
  /** The port inside the container; 0: the same as the host's. */
  readonly inside: number
  /** The host's port if the definition sets it; 0: any. */
  readonly fixed: number
  /** Is it reachable at the host's address? Ports of a container network without a `hostPort` are not. */
  readonly onHost: boolean
}

/** One of an app's health checks. */
export interface Check {
  /** `HTTP`, `HTTPS`, `TCP`, `COMMAND`, or the first three with `MESOS_` before them. */
  readonly protocol: string
  readonly path: string
  readonly portIndex: number
  /** A port by its number instead of its index. */
  readonly port: number | undefined
}

/** The parts of an app's definition that matter for load balancing. */
export interface Balanceable {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly ports: readonly Port[]
  /** Where the definition declares ports, or should. */
  readonly portsAt: string
  readonly checks: readonly Check[]
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** Without any networks, Marathon uses a container network; with port mappings only, it uses the bridge. */
function hasOwnNetwork({ networks, ipAddress, container }: Json): boolean {
  const modes = list(networks).map((network) => text(object(network).mode) || 'container')
  const old = text(object(object(container).docker).network)
  return (
    modes.includes('container') ||
    (modes.length === 0 && (old === 'USER' || (old === '' && typeof ipAddress === 'object')))
  )
}

/** Does it use the host's network, so that its ports are the host's? */
function isOnHost({ networks, container }: Json): boolean {
  const [network] = list(networks).map((each) => text(object(each).mode))
  return container === undefined || (network ?? text(object(object(container).docker).network).toLowerCase()) === 'host'
}

function portsOf(definition: Json): Pick<Balanceable, 'ports' | 'portsAt'> {
  const container = object(definition.container)
  const own = hasOwnNetwork(definition)
  for (const [mappings, portsAt] of [
    [container.portMappings, 'container.portMappings'],
    [object(container.docker).portMappings, 'container.docker.portMappings'],
  ] as const)
    if (list(mappings).length > 0)
      return {
        portsAt,
        ports: list(mappings)
          .map(object)
          .map((port) => ({
            name: text(port.name),
            protocol: text(port.protocol) || 'tcp',
            inside: number(port.containerPort),
            fixed: number(port.hostPort),
            onHost: !own || typeof port.hostPort === 'number',
          })),
      }
  const fixed = definition.requirePorts === true
  const plain = list(definition.portDefinitions).length > 0 ? list(definition.portDefinitions) : list(definition.ports)
  const ports = plain.map((port): Port => {
    const { name, protocol, port: at }: Json = typeof port === 'number' ? { port } : object(port)
    return {
      name: text(name),
      protocol: text(protocol) || 'tcp',
      inside: 0,
      fixed: fixed ? number(at) : 0,
      onHost: true,
    }
  })
  if (own && definition.ipAddress !== undefined && ports.length === 0) return { ports, portsAt: 'ipAddress' }
  return { ports, portsAt: isOnHost(definition) ? 'portDefinitions' : 'container.portMappings' }
}

/** Reads an app's definition from a file or from Marathon. A value of the wrong type counts as absent. */
export function balanceable(definition: Json): Balanceable {
  return {
    id: text(definition.id),
    labels: Object.fromEntries(Object.entries(object(definition.labels)).map(([name, label]) => [name, String(label)])),
    ...portsOf(definition),
    checks: list(definition.healthChecks)
      .map(object)
      .map((check) => ({
        protocol: text(check.protocol) || 'HTTP',
        path: text(check.path) || '/',
        portIndex: number(check.portIndex),
        port: typeof check.port === 'number' && check.port > 0 ? check.port : undefined,
      })),
  }
}

/**
 * A task's port on its host, by its index in the definition: Marathon's list of a task's ports omits those that are not
 * on the host.
 */
export function hostPort(ports: readonly Port[], index: number, onHost: readonly number[]): number | undefined {
  if (ports[index]?.onHost === false) return undefined
  const at = index - ports.slice(0, index).filter((port) => !port.onHost).length
  return onHost[at] === 0 ? undefined : onHost[at]
}
