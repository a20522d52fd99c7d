import type { Exception } from '../compare.ts'

/** What stand-ins, as this contract sets them up, answer otherwise than was recorded, each with its reason. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    at: 'event UPDATE TASK_RUNNING *',
    path: '.update.status.data',
    reason: "the recording's scheduler left out the data that come with RUNNING",
  },
  {
    at: 'event UPDATE TASK_RUNNING SOURCE_MASTER *',
    path: '.update.status.healthy',
    reason: 'the recorded task was not checked',
  },
  {
    at: 'event UPDATE TASK_KILLED SOURCE_EXECUTOR',
    path: '.update.status.healthy',
    reason: 'the recorded task was killed because it was unhealthy',
  },
  {
    at: 'agent4-v1-GET_CONTAINERS',
    path: '.get_containers.containers[].resource_statistics',
    reason: 'recorded on cgroup v2 without controllers, which has no statistics; here the agent has cgroup v1',
  },
  ...['op_73_slaves_deactivated', 'op_77_slaves_draining'].map((at) => ({
    at,
    path: '.slaves[].reregistered_time',
    reason: 'the recorded agent had just come; here it has been through maintenance',
  })),
  ...['op_74_v1_GET_AGENTS_deactivated', 'op_78_v1_GET_AGENTS_draining'].map((at) => ({
    at,
    path: '.get_agents.agents[].reregistered_time',
    reason: 'the recorded agent had just come; here it has been through maintenance',
  })),
  {
    at: 'op_95_agent_state_draining',
    path: '.flags.network_cni_*',
    reason: 'the recorded agent ran plain commands only; here it runs Docker tasks as well, which need these two flags',
  },
  {
    at: 'op_95_agent_state_draining',
    path: '.completed_frameworks[].completed_executors[].completed_tasks[].container',
    reason: 'what was over there had been a plain command; here it ran in Docker',
  },
  ...['.quota_configs', '.weights'].map((path) => ({
    at: 'op_113_registry_drained',
    path,
    reason: 'nobody sets quotas or weights here',
  })),
]

/** What is borne at a real cluster as well: it has a history. */
export const AT_REAL: readonly Exception[] = [
  ...['kill_policy', 'shutdown_grace_period'].map((field) => ({
    at: '*',
    path: `**.${field}`,
    reason: 'the recorded task had no policy of how it is killed; its stand-in does not show one',
  })),
  { at: '*', path: '.master/task_*', reason: 'how tasks of other frameworks have ended is counted, too' },
  {
    at: 'agent4-v1-GET_TASKS',
    path: '.get_tasks.terminated_tasks[]',
    reason: 'a task that is over counts as terminated only until its end was acknowledged',
  },
  {
    at: 'op_113_registry_drained',
    path: '.slaves.slaves[].info.resources[].role',
    reason: 'the recorded agent had just come; one that comes back from maintenance is kept without the role *',
  },
]
