import type { App } from '../app/types.ts'
import type { Probed } from './effect.ts'
import { beats } from './health/checks.ts'
import type { Instance } from './instance.ts'
import { drop, put, type Turn } from './turn.ts'
import { specOf } from './world.ts'

/** Instances of a version whose deployment runs and which are not yet ready. */
const unready = (turn: Turn): { readonly app: App; readonly instance: Instance }[] =>
  Object.values(turn.world.deployments).flatMap(({ progress }) =>
    progress.flatMap((one) => {
      if ((one.kind !== 'scale' && one.kind !== 'replace') || !one.app.readinessChecks?.length) return []
      return Object.values(turn.world.instances)
        .filter(
          (i) =>
            i.app === one.app.id &&
            i.version === one.app.version &&
            i.condition === 'Running' &&
            !one.ready.includes(i.id),
        )
        .map((instance) => ({ app: one.app, instance }))
    }),
  )

/**
 * Sends out the readiness checks of running deployments whose time has come since `before`; the first as soon as a task
 * runs.
 */
export const sendReadiness = (turn: Turn, before: number): void => {
  for (const { app, instance } of unready(turn)) {
    const check = app.readinessChecks?.[0]
    const { task } = instance
    const index = (app.portDefinitions ?? app.container?.portMappings ?? []).findIndex(
      (p) => p.name === check?.portName,
    )
    const port = task?.ports[index]
    if (!check || !task || port === undefined) continue
    const since = instance.activeSince ?? instance.since
    if (turn.world.ready[instance.id] && !beats(since, check.intervalSeconds, before, turn.now)) continue
    put(turn, 'ready', instance.id, turn.world.ready[instance.id] ?? {})
    const to = {
      protocol: check.protocol,
      host: task.addresses[0]?.ipAddress ?? task.host,
      port,
      path: check.path,
      timeout: check.timeoutSeconds * 1000,
    }
    turn.out.push({ do: 'probe', probe: { kind: 'ready', instance: instance.id, task: task.id, check: 0, ...to } })
  }
}

export const readinessChecked = (turn: Turn, id: string, task: string, result: Probed): void => {
  const instance = turn.world.instances[id]
  const check = instance && specOf(turn.world, instance)?.readinessChecks?.[0]
  if (!instance || !check || instance.task?.id !== task) return
  const ready = result.status !== undefined && check.httpStatusCodesForReady.includes(result.status)
  const lastResponse =
    check.preserveLastResponse && result.status !== undefined
      ? { status: result.status, contentType: result.contentType ?? '', body: result.body ?? '' }
      : undefined
  put(turn, 'ready', id, { result: { name: check.name, taskId: task, ready, ...(lastResponse && { lastResponse }) } })
  if (ready) turn.todo.push({ todo: 'ready', instance: id })
}

/** Results are shown only while a deployment runs. */
export const forgetReadiness = (turn: Turn): void => {
  const apps = new Set(
    Object.values(turn.world.deployments).flatMap(({ progress }) =>
      progress.flatMap((p) => ('app' in p && typeof p.app === 'object' ? [p.app.id] : [])),
    ),
  )
  drop(turn, 'ready', ...Object.keys(turn.world.ready).filter((id) => !apps.has(turn.world.instances[id]?.app ?? '')))
}
