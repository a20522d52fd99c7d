import { servicePorts } from '../../app/service-ports.ts'
import type { App } from '../../app/types.ts'

/** A label's name as part of a variable's: `my-Label` is `MY_LABEL`. */
const upper = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')

const isVariable = (name: string): boolean => /^[A-Z_][A-Z0-9_]*$/.test(name)

/** A number as Scala prints a Double. */
const double = (n: number): string => (Number.isInteger(n) ? n.toFixed(1) : String(n))

/** PORT0, PORT, PORTS, PORT_<port asked for>, PORT_<NAME>: all are ports of the host. */
const portVariables = (app: App, ports: readonly number[]): Record<string, string> => {
  if (ports.length === 0) return {}
  const mappings = app.portDefinitions
    ? undefined
    : app.container?.portMappings?.filter((m) => m.hostPort !== undefined)
  const asked = mappings ? mappings.map((m) => m.containerPort) : servicePorts(app)
  const names = (mappings ?? app.portDefinitions ?? []).map((p) => p.name)
  const list = ports.map((port, i) => [`PORT${i}`, port] as const)
  const byNumber = ports.flatMap((port, i) => (asked[i] ? [[`PORT_${asked[i]}`, port] as const] : []))
  const byName = ports.flatMap((port, i) =>
    names[i] && isVariable(names[i].toUpperCase()) ? [[`PORT_${names[i].toUpperCase()}`, port] as const] : [],
  )
  const all = [...list, ['PORT', ports[0]] as const, ['PORTS', ports.join(',')] as const, ...byNumber, ...byName]
  return Object.fromEntries(all.map(([name, value]) => [name, String(value)]))
}

const labelVariables = (app: App): Record<string, string> => {
  const labels = Object.entries(app.labels).filter(([, value]) => value.length < 512)
  const names = labels.map(([name]) => upper(name))
  return {
    MARATHON_APP_LABELS: names.join(' '),
    ...Object.fromEntries(labels.map(([name, value]) => [`MARATHON_APP_LABEL_${upper(name)}`, value])),
  }
}

/**
 * The variables that Marathon gives a task; the app's own win (apps whose own `PORT` is that of their container ran on
 * the real one).
 */
export const environment = (
  app: App,
  task: string,
  host: string,
  ports: readonly number[],
  prefix = '',
): Record<string, string> => {
  const own = Object.entries(app.env ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value]] : [],
  )
  const image = app.container?.docker?.image
  const given = Object.entries({ HOST: host, ...portVariables(app, ports) }).map(([name, value]) => [
    `${prefix}${name}`,
    value,
  ])
  return {
    MARATHON_APP_ID: app.id,
    MARATHON_APP_VERSION: app.version,
    MARATHON_APP_ENFORCE_GROUP_ROLE: 'FALSE',
    MARATHON_APP_RESOURCE_CPUS: double(app.cpus),
    MARATHON_APP_RESOURCE_MEM: double(app.mem),
    MARATHON_APP_RESOURCE_DISK: double(app.disk),
    MARATHON_APP_RESOURCE_GPUS: String(app.gpus),
    ...(image !== undefined && { MARATHON_APP_DOCKER_IMAGE: image }),
    ...labelVariables(app),
    MESOS_TASK_ID: task,
    ...Object.fromEntries(given),
    ...Object.fromEntries(own),
  }
}
