import type { Port } from './definition.ts'
import { labelPath, type Mistake } from './labels.ts'

/** Ports in a list for messages: `http (0), admin (1)`. */
const portList = (ports: readonly Port[]): string =>
  ports.map(({ name }, i) => (name === '' ? String(i) : `${name} (${i})`)).join(', ')

/** The index of the port that `lb.port` names; 0 with a mistake if it names none. */
export function portOf(
  ports: readonly Port[],
  portsAt: string,
  label: string | undefined,
): { readonly index: number; readonly mistakes: readonly Mistake[] } {
  const wanted = label?.trim() || '0'
  const named = ports.findIndex(({ name }) => name === wanted)
  const index = named < 0 && /^\d+$/.test(wanted) ? Number(wanted) : named
  const port = ports[index]
  const at = label === undefined ? portsAt : labelPath('lb.port')
  const wrong = (message: string, where = at) => ({
    index: Math.max(0, index),
    mistakes: [{ rule: 'lb-port' as const, path: where, message }],
  })
  if (portsAt === 'ipAddress')
    return wrong(
      'gives each task an address of its own, which HAProxy does not use: write "networks": [{"mode": "container/bridge"}], and container.portMappings with "hostPort": 0.',
      portsAt,
    )
  if (ports.length === 0) {
    const example =
      portsAt === 'portDefinitions'
        ? '[{"port": 0, "name": "http"}]'
        : '[{"containerPort": 3000, "hostPort": 0, "name": "http"}]'
    return wrong(`is missing: lb.enable needs a port that the HAProxies can send to. Add ${example}.`, portsAt)
  }
  if (port === undefined)
    return wrong(`there is no port "${wanted}", so no HAProxy would send to the app. There is ${portList(ports)}.`)
  const it = label === undefined ? `port ${index}, the default of lb.port,` : `port ${wanted}`
  if (!port.protocol.split(',').includes('tcp')) return wrong(`${it} is a UDP port, but HAProxy sends over TCP only.`)
  if (!port.onHost)
    return wrong(
      `${it} has no hostPort, and a port in a container's own network cannot be reached from outside. Set "hostPort": 0.`,
      `${portsAt}[${index}].hostPort`,
    )
  return { index, mistakes: [] }
}
