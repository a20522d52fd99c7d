import type { MarathonApp, MarathonTask, MesosAgent } from '../../src/index.ts'

/** A task as Marathon lists it, healthy. */
export const task = (id: string, slaveId: string, more: Partial<MarathonTask> = {}): MarathonTask => ({
  id,
  slaveId,
  host: slaveId,
  state: 'TASK_RUNNING',
  version: 'v',
  healthy: true,
  ports: [],
  ...more,
})

/** An app with these tasks, without a deployment. */
export const app = (tasks: readonly MarathonTask[], more: Partial<MarathonApp> = {}): MarathonApp => ({
  id: '/web',
  instances: tasks.length,
  version: 'v',
  configVersion: 'v',
  definition: { healthChecks: [{}] },
  tasks,
  deployments: [],
  ...more,
})

/** An agent as Mesos lists it, active, with free resources. */
export const slave = (id: string, more: Partial<MesosAgent> = {}): MesosAgent => ({
  id,
  hostname: id,
  ip: '10.0.0.21',
  port: 5051,
  active: true,
  deactivated: false,
  version: '1.11.0',
  attributes: {},
  free: { cpus: 1, mem: 512, disk: 1000 },
  ...more,
})
