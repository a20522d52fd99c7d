import { isAbsolute, join } from 'node:path'
import type { Resource, TaskInfo } from '../common/proto.ts'
import { amountsOf } from '../common/resources.ts'
import type { Order } from './messages.ts'

/** What an agent calls the container of a run. */
export const containerName = (container: string): string => `mesos-${container}`

/** The arguments of `docker run` for a task, behind `docker -H …`, in the order in which Mesos gives them. */
export function runArguments({ task, container, directory, role, sandbox, enableCfs }: Order): string[] {
  const docker = task.container?.docker
  const name = containerName(container)
  const environment = {
    MESOS_ALLOCATION_ROLE: role,
    MESOS_CONTAINER_NAME: name,
    MESOS_SANDBOX: sandbox,
    ...variables(task),
  }
  return [
    'run',
    ...limits(task.resources, enableCfs),
    ...(docker?.privileged ? ['--privileged'] : []),
    ...Object.entries(environment).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
    ...(task.container?.volumes ?? []).flatMap((v) => ['-v', volume(v, directory)]),
    ...['-v', `${directory}:${sandbox}`],
    ...network(task),
    ...(docker?.parameters ?? []).map(({ key, value }) => `--${key}=${value}`),
    ...(task.command?.shell ? ['--entrypoint', '/bin/sh'] : []),
    ...['--name', name, docker?.image ?? ''],
    ...command(task),
  ]
}

function limits(resources: readonly Resource[], enableCfs: boolean): string[] {
  const { cpus, mem } = amountsOf(resources).scalars
  return [
    ...(cpus === undefined ? [] : ['--cpu-shares', String(Math.max(2, Math.floor(cpus * 1024)))]),
    ...(cpus === undefined || !enableCfs ? [] : ['--cpu-quota', String(Math.max(1000, Math.floor(cpus * 100_000)))]),
    ...(mem === undefined ? [] : ['--memory', String(Math.max(4, mem) * 1024 * 1024)]),
  ]
}

const variables = (task: TaskInfo): Record<string, string> =>
  Object.fromEntries((task.command?.environment?.variables ?? []).map(({ name, value }) => [name, value ?? '']))

const volume = (
  { host_path, container_path, mode }: { host_path?: string; container_path: string; mode: string },
  directory: string,
): string => {
  const from = host_path === undefined || isAbsolute(host_path) ? host_path : join(directory, host_path)
  return `${from === undefined ? '' : `${from}:`}${container_path}:${mode.toLowerCase()}`
}

function network({ container }: TaskInfo): string[] {
  const { network = 'HOST', port_mappings = [] } = container?.docker ?? {}
  const name = network === 'USER' ? (container?.network_infos?.[0]?.name ?? '') : network.toLowerCase()
  const mappings = network === 'BRIDGE' || network === 'USER' ? port_mappings : []
  return [
    '--net',
    name,
    ...mappings.flatMap((m) => ['-p', `${m.host_port}:${m.container_port}${m.protocol ? `/${m.protocol}` : '/tcp'}`]),
  ]
}

/** A shell's command, or what the image is to be given. */
function command({ command: its }: TaskInfo): string[] {
  if (its?.shell) return ['-c', its.value ?? '']
  return [...(its?.value === undefined ? [] : [its.value]), ...(its?.arguments ?? [])]
}
