import type { Scene } from './scene.ts'
import { past, web } from './tasks.ts'

const MASTER = `
leader-slaves master_slaves masterroot_slaves leader-state master_state masterroot_state leader-state-summary master_state-summary leader-frameworks
master_frameworks leader-tasks op_45_tasks leader-roles leader-metrics masterroot_metrics_snapshot leader-flags leader-version masterroot_version
master_health masterroot_health leader-redirect master_redirect masterroot_redirect leader-maintenance-status masterroot_maintenance_status
masterroot_maintenance_schedule masterroot_nosuch masterroot_state.json leader-v1-GET_HEALTH masterv1_GET_HEALTH leader-v1-GET_MASTER
masterv1_GET_MASTER leader-v1-GET_AGENTS masterv1_GET_AGENTS leader-v1-GET_FRAMEWORKS masterv1_GET_FRAMEWORKS leader-v1-GET_TASKS masterv1_GET_TASKS
`

const AGENT = `
agent4-health agent_health agentroot_health agent4-version agent4-flags agent4-state agent5-state agentroot_state agent5-containers agentroot_containers
agent4-metrics agentroot_metrics_snapshot agent4-monitor-statistics agent4-v1-GET_AGENT agent4-v1-GET_CONTAINERS agent4-v1-GET_EXECUTORS
agent4-v1-GET_TASKS
`

const FOLLOWER = `
follower-h1-redirect follower-h1-state follower-h1-slaves follower-h1-state-summary follower-h1-tasks follower-h1-health follower-h1-metrics-snapshot
follower-h1-version follower-h1-flags follower-h1-maintenance-schedule follower-h1-v1-GET_AGENTS
`

const words = (text: string): string[] => text.trim().split(/\s+/)

/**
 * What masters and agents show of themselves, with a task that runs and one that is over. Nothing is changed but that.
 */
export async function shown(scene: Scene): Promise<void> {
  await past(scene)
  const framework = await web(scene, 'web-h4', 31000)
  await scene.look(...words(MASTER), ...words(AGENT))
  await scene.follow(...words(FOLLOWER))
  await framework.kill('web-h4')
  await framework.state('web-h4', 'KILLED')
  await framework.call('TEARDOWN')
}
