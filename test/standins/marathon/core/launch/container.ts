import { type App, bridged } from '../../app/types.ts'

const volumes = (app: App) =>
  (app.container?.volumes ?? []).map(({ containerPath, hostPath, mode }) => ({
    container_path: containerPath,
    mode: mode ?? 'RW',
    ...(hostPath !== undefined && { host_path: hostPath }),
  }))

/** The host ports of an app's mappings, as Docker is to publish them. `udp,tcp` is both. */
const portMappings = (app: App, ports: readonly number[]) => {
  const left = [...ports]
  return (app.container?.portMappings ?? []).flatMap((mapping) => {
    if (mapping.hostPort === undefined) return []
    const host = left.shift() as number
    return mapping.protocol
      .split(',')
      .map((protocol) => ({ host_port: host, container_port: mapping.containerPort || host, protocol }))
  })
}

const networkOf = (app: App): string => {
  if (bridged(app)) return 'BRIDGE'
  return app.networks.some((n) => n.mode === 'container') ? 'USER' : 'HOST'
}

/** The container of a task, as Mesos wants it; nothing for a plain command. */
export const containerInfo = (app: App, ports: readonly number[]) => {
  const { container } = app
  if (!container) return undefined
  const { docker } = container
  if (container.type === 'MESOS')
    return {
      type: 'MESOS',
      volumes: volumes(app),
      mesos: docker ? { image: { type: 'DOCKER', docker: { name: docker.image } } } : {},
    }
  return {
    type: 'DOCKER',
    volumes: volumes(app),
    docker: {
      image: docker?.image,
      network: networkOf(app),
      port_mappings: bridged(app) ? portMappings(app, ports) : [],
      privileged: docker?.privileged ?? false,
      parameters: docker?.parameters ?? [],
      force_pull_image: docker?.forcePullImage ?? false,
    },
  }
}
