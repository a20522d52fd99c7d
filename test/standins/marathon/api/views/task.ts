import { servicePorts } from '../../app/service-ports.ts'
import { alive, type Health } from '../../core/health/result.ts'
import type { Instance } from '../../core/instance.ts'
import { terminal } from '../../core/instance.ts'
import { iso } from '../../core/time.ts'
import { specOf, type World } from '../../core/world.ts'

const showHealth = (instance: Instance, health: Health) => ({
  alive: alive(health),
  consecutiveFailures: health.failures,
  ...(health.firstSuccess !== undefined && { firstSuccess: iso(health.firstSuccess) }),
  instanceId: `instance [${instance.id}]`,
  ...(health.lastSuccess !== undefined && { lastSuccess: iso(health.lastSuccess) }),
  ...(health.lastFailure !== undefined && { lastFailure: iso(health.lastFailure) }),
  ...(health.cause !== undefined && { lastFailureCause: health.cause }),
})

/**
 * What is known of an instance's checks; nothing of one that has not been checked, as all are after a change of
 * leaders.
 */
export const results = (world: World, instance: Instance): readonly Health[] =>
  Object.values(world.health[instance.id] ?? {})

/**
 * An instance's task, or nothing where it never had one. A task that waits for its relaunch shows what it was, without
 * ports, times and version.
 * @param withServicePorts as /v2/tasks does; elsewhere they are left empty.
 */
export const showTask = (world: World, instance: Instance, withServicePorts = false) => {
  const { task } = instance
  if (!task) return undefined
  const waits = terminal(instance.condition)
  const spec = specOf(world, instance)
  return {
    appId: instance.app,
    healthCheckResults: results(world, instance).map((health) => showHealth(instance, health)),
    host: task.host,
    id: task.id,
    ipAddresses: task.addresses,
    ports: waits ? [] : task.ports,
    servicePorts: withServicePorts && spec ? servicePorts(spec) : [],
    slaveId: task.agent,
    state: task.state,
    ...(!waits && { stagedAt: iso(task.staged) }),
    ...(!waits && task.started !== undefined && { startedAt: iso(task.started) }),
    ...(!waits && { version: instance.version }),
    localVolumes: [],
    role: spec?.role ?? '*',
  }
}

export const showTasks = (world: World, instances: readonly Instance[], withServicePorts = false) =>
  instances.flatMap((instance) => showTask(world, instance, withServicePorts) ?? [])
