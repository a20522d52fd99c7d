import type { HealthCheck } from '../../standins/mesos/common/proto.ts'
import { TestFramework, webTask } from '../../support/mesos-framework.ts'
import type { Scene } from './scene.ts'

const CAPABILITIES = ['RESERVATION_REFINEMENT', 'TASK_KILLING_STATE', 'REVOCABLE_RESOURCES', 'PARTITION_AWARE'].map(
  (type) => ({ type }),
)

/** Two tenths of a CPU and 64 MB, no port. */
const resources = webTask('', 0).resources.slice(0, 2)

const grace = (seconds: number) => ({ grace_period: { nanoseconds: seconds * 1e9 } })

/**
 * A framework that takes part in a scene: of the kind of Marathon, or of the old kind of mesos-execute, with a role.
 */
export async function subscribe(
  scene: Scene,
  old?: { readonly role: string; readonly checkpoint: boolean },
): Promise<TestFramework> {
  const info = { name: 'mesos-execute instance', failover_timeout: 0, capabilities: CAPABILITIES }
  const { master } = scene.place
  const framework = await (old
    ? TestFramework.subscribe(master, { ...info, checkpoint: old.checkpoint }, old.role)
    : TestFramework.subscribe(master))
  scene.frameworks.push(framework)
  return framework
}

/** The host of the agent that is asked: tasks belong there, wherever else the cluster has room. */
export const hostOf = async (scene: Scene): Promise<string | undefined> => (await scene.agent())?.hostname

/** Lets a framework run a task to its end, and go: what is over is shown too. */
export async function past(scene: Scene): Promise<void> {
  const framework = await subscribe(scene, { role: '*', checkpoint: false })
  const docker = { image: scene.place.image, network: 'HOST' as const }
  const command = { shell: true, value: 'echo hello' }
  const task = {
    name: 'd1',
    task_id: { value: 'd1' },
    resources,
    command,
    container: { type: 'DOCKER' as const, docker },
  }
  framework.launch(task, await hostOf(scene))
  await framework.state('d1', 'FINISHED')
  await framework.call('TEARDOWN')
}

/** Runs a Docker task that serves, and wants no more offers. The task does not end by SIGTERM, but has a second to. */
export async function web(scene: Scene, id: string, port: number, health_check?: HealthCheck): Promise<TestFramework> {
  const framework = await subscribe(scene)
  const docker = {
    image: scene.place.image,
    network: 'BRIDGE' as const,
    port_mappings: [{ host_port: port, container_port: 80, protocol: 'tcp' }],
  }
  const check = health_check && { health_check }
  const task = webTask(id, port, { container: { type: 'DOCKER', docker }, kill_policy: grace(1), ...check })
  framework.launch(task, await hostOf(scene))
  await framework.update(id, (status) => status.state === 'TASK_RUNNING' && (!health_check || status.healthy === true))
  await framework.call('SUPPRESS')
  return framework
}

/** Runs a plain command that does not end by SIGTERM, but has ten seconds to. */
export async function stubborn(scene: Scene, id: string): Promise<TestFramework> {
  const framework = await subscribe(scene, { role: 'dev', checkpoint: true })
  const command = { shell: true, value: 'trap "" TERM; while :; do sleep 1; done' }
  const task = { name: id, task_id: { value: id }, resources, command, kill_policy: grace(10) }
  framework.launch(task, await hostOf(scene))
  await framework.state(id, 'RUNNING')
  await framework.call('SUPPRESS')
  return framework
}
