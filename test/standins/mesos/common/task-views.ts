import type { Task, TaskStatus } from './proto.ts'
import { flat } from './resource-views.ts'
import { amountsOf } from './resources.ts'

const status = ({ state, timestamp, container_status, healthy }: TaskStatus): object => ({
  state,
  timestamp,
  ...(container_status && {
    container_status: {
      ...(container_status.container_id && { container_id: container_status.container_id }),
      ...(container_status.network_infos && { network_infos: container_status.network_infos }),
    },
  }),
  ...(healthy !== undefined && { healthy }),
})

/** A task as the old endpoints of master and agent show it. */
export const taskView = (task: Task): object => ({
  id: task.task_id.value,
  name: task.name,
  framework_id: task.framework_id.value,
  executor_id: '',
  slave_id: task.agent_id.value,
  state: task.state,
  resources: flat(amountsOf(task.resources)),
  role: task.resources[0]?.allocation_info?.role ?? '*',
  statuses: task.statuses.map(status),
  ...(task.labels && { labels: task.labels.labels }),
  ...(task.discovery !== undefined && { discovery: task.discovery }),
  ...(task.container && { container: task.container }),
  ...(task.health_check && { health_check: task.health_check }),
})

/** A task as v1 shows it, but for the data that came with its states where that is not asked for. */
export const taskV1 = ({ kill_policy: _, ...task }: Task, data = false): object => ({
  ...task,
  statuses: data ? task.statuses : task.statuses.map(({ data: __, ...rest }) => rest),
})
