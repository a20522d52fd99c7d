import { absolute } from '../core/ids.ts'
import { legacy } from './legacy.ts'
import { ordered } from './order.ts'
import type { App } from './types.ts'

type Json = Record<string, unknown>

/** What a definition is where it says nothing. */
const DEFAULTS: Json = {
  backoffFactor: 1.15,
  backoffSeconds: 1,
  cpus: 1,
  disk: 0,
  executor: '',
  instances: 1,
  labels: {},
  maxLaunchDelaySeconds: 300,
  mem: 128,
  gpus: 0,
  requirePorts: false,
  upgradeStrategy: { maximumOverCapacity: 1, minimumHealthCapacity: 1 },
  killSelection: 'YOUNGEST_FIRST',
  unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
  role: '*',
}

const healthCheck = (check: Json): Json => {
  const protocol = (check.protocol ?? 'HTTP') as string
  const web = protocol.endsWith('HTTP') || protocol.endsWith('HTTPS')
  return ordered('HealthCheck', {
    gracePeriodSeconds: 300,
    intervalSeconds: 60,
    maxConsecutiveFailures: 3,
    ipProtocol: 'IPv4',
    timeoutSeconds: 20,
    delaySeconds: 15,
    ...((protocol === 'HTTP' || protocol === 'HTTPS') && { ignoreHttp1xx: false }),
    ...(web && { path: '/' }),
    ...(protocol !== 'COMMAND' && check.port === undefined && { portIndex: 0 }),
    ...check,
    protocol,
  })
}

const readinessCheck = (check: Json): Json =>
  ordered('ReadinessCheck', {
    name: 'readinessCheck',
    protocol: 'HTTP',
    path: '/',
    portName: 'http-api',
    intervalSeconds: 30,
    timeoutSeconds: 10,
    httpStatusCodesForReady: [200],
    preserveLastResponse: false,
    ...check,
  })

const portDefinition = (port: Json): Json => {
  const labels = port.labels as Json | undefined
  return ordered('PortDefinition', {
    ...port,
    port: port.port ?? 0,
    protocol: port.protocol ?? 'tcp',
    labels: labels && Object.keys(labels).length > 0 ? labels : undefined,
  })
}

const portMapping =
  (bridge: boolean) =>
  (port: Json): Json =>
    ordered('PortMapping', {
      containerPort: 0,
      ...(bridge && { hostPort: 0 }),
      labels: {},
      protocol: 'tcp',
      servicePort: 0,
      ...port,
    })

const container = (given: Json, bridge: boolean, host: boolean): Json => {
  const docker = given.docker as Json | undefined
  const mappings = (given.portMappings ?? (host ? undefined : [{ name: 'default' }])) as Json[] | undefined
  return ordered('Container', {
    type: 'DOCKER',
    ...given,
    docker:
      docker &&
      ordered('Docker', {
        forcePullImage: false,
        parameters: [],
        privileged: false,
        ...docker,
        network: undefined,
        portMappings: undefined,
      }),
    volumes: given.volumes ?? [],
    portMappings: host ? undefined : mappings?.map(portMapping(bridge)),
  })
}

const nonEmpty = (value: unknown): unknown =>
  value !== undefined && value !== null && Object.keys(value as object).length > 0 ? value : undefined

/** Every field as the API shows it afterwards: old forms translated, defaults filled in, in order; no version yet. */
export const normalize = (given: Json, base = '/'): App => {
  const app: Json = {
    ...DEFAULTS,
    ...Object.fromEntries(Object.entries(legacy(given)).filter(([, value]) => value !== null)),
  }
  const networks = (app.networks as Json[] | undefined) ?? []
  const network =
    networks.length > 0 ? networks.map((n) => ordered('Network', { mode: 'container', ...n })) : [{ mode: 'host' }]
  const host = network.every((n) => n.mode === 'host')
  const bridge = network.some((n) => n.mode === 'container/bridge')
  const unreachable = app.unreachableStrategy
  return ordered('App', {
    ...app,
    id: absolute(app.id as string, base),
    networks: network,
    upgradeStrategy: ordered('UpgradeStrategy', app.upgradeStrategy as Json),
    container: app.container === undefined ? undefined : container(app.container as Json, bridge, host),
    portDefinitions: host
      ? ((app.portDefinitions as Json[] | undefined) ?? [{ name: 'default' }]).map(portDefinition)
      : undefined,
    healthChecks: nonEmpty((app.healthChecks as Json[] | undefined)?.map(healthCheck)),
    readinessChecks: nonEmpty((app.readinessChecks as Json[] | undefined)?.map(readinessCheck)),
    fetch: nonEmpty(
      (app.fetch as Json[] | undefined)?.map((a) =>
        ordered('Artifact', { extract: true, executable: false, cache: false, ...a }),
      ),
    ),
    dependencies: nonEmpty((app.dependencies as string[] | undefined)?.map((id) => absolute(id, base))),
    constraints: nonEmpty(app.constraints),
    env: nonEmpty(app.env),
    secrets: nonEmpty(app.secrets),
    unreachableStrategy:
      unreachable === 'disabled'
        ? unreachable
        : { inactiveAfterSeconds: 0, expungeAfterSeconds: 0, ...(unreachable as Json) },
  }) as unknown as App
}
