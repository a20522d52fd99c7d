import type { Task, TaskInfo } from './proto.ts'

/** A task as master and agent take it up. */
export const newTask = (framework: string, role: string, info: TaskInfo): Task => ({
  name: info.name,
  task_id: info.task_id,
  framework_id: { value: framework },
  agent_id: info.agent_id,
  state: 'TASK_STAGING',
  resources: info.resources.map(({ role: _, ...r }) => ({ ...r, allocation_info: { role } })),
  statuses: [],
  ...(info.labels && { labels: info.labels }),
  ...(info.discovery !== undefined && { discovery: info.discovery }),
  ...(info.container && { container: containerOf(info.container) }),
  ...(info.health_check && { health_check: healthCheckOf(info.health_check) }),
  ...(info.kill_policy && { kill_policy: info.kill_policy }),
})

/** With what Mesos adds where it is not given. */
const containerOf = (container: NonNullable<TaskInfo['container']>): NonNullable<TaskInfo['container']> =>
  container.docker
    ? { ...container, docker: { ...container.docker, privileged: container.docker.privileged ?? false } }
    : container

const healthCheckOf = ({
  type,
  http,
  tcp,
  ...check
}: NonNullable<TaskInfo['health_check']>): NonNullable<TaskInfo['health_check']> => ({
  delay_seconds: 15,
  interval_seconds: 10,
  timeout_seconds: 20,
  consecutive_failures: 3,
  grace_period_seconds: 10,
  ...check,
  ...(type && { type }),
  ...(http && { http: { protocol: 'IPv4', ...http } }),
  ...(tcp && { tcp: { protocol: 'IPv4', ...tcp } }),
})
