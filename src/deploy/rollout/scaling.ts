import { type Carried, NONE_IS_MISSED } from '../../balancing/chain.ts'
import { MarathonAwayError } from '../../clients/marathon.ts'
import type { MarathonApp } from '../../clients/marathon-answers.ts'
import { nameOf } from '../app/version.ts'
import { mustBeCarried } from '../chain.ts'
import { eligible, mostPerAgent, roomFor } from '../check/room.ts'
import { mayHaveNone } from '../remove/in-use.ts'
import type { Ended, Named } from './deployment.ts'
import { LOWER } from './deployment.ts'
import { follow } from './follow.ts'
import { judge } from './judge.ts'
import { awaitOtherDeployments, still, unfinished } from './other-deployments.ts'
import type { Look } from './progress.ts'
import { firstLook, pause, prober, RefusedError, type Run } from './run.ts'
import { entranceOf } from './serving.ts'
import { verify } from './verify.ts'

/** Waives the refusal to start more tasks than there is room for. */
const ROOM = 'room'

/** Refuses more tasks than the slaves have room for, if Mesos answers. @throws RefusedError */
async function checkRoom(run: Run, { app }: Look, instances: number): Promise<void> {
  const more = instances - app.instances
  const agents = more > 0 && !run.allow.has(ROOM) ? await run.cluster.agents() : undefined
  if (agents === undefined) return
  const running = new Map<string, number>()
  for (const { host } of app.tasks) running.set(host, (running.get(host) ?? 0) + 1)
  const room = roomFor(app.definition, agents, running)
  if (room >= more) return
  const most = mostPerAgent(app.definition)
  const each = `cpus ${app.definition.cpus ?? 1}, mem ${app.definition.mem ?? 128} each${Number.isFinite(most) ? `, at most ${most} on a slave` : ''}`
  throw new RefusedError(
    `${eligible(app.definition, agents).length} slaves have room for ${room} more ${room === 1 ? 'task' : 'tasks'} (${each}), not for ${more}: the rest would wait for ever, and scaling down again would first stop tasks that run. Ask for at most ${app.instances + room}, or add slaves (--allow ${ROOM})`,
  )
}

/** Sends the number, once. If Marathon does not confirm it, reads what it has before sending again. */
export async function send(
  run: Run,
  id: string,
  instances: number,
  force: boolean,
  carried: Carried,
): Promise<MarathonApp> {
  for (;;) {
    try {
      const { version, deployment } = await run.cluster.marathon.changes(carried).scale(id, instances, { force })
      run.emit({ event: 'sent', version, deployment })
      return (await still(run, id)).app
    } catch (error) {
      if (!(error instanceof MarathonAwayError)) throw error
      await pause(run)
      const seen = await still(run, id)
      if (error.sent && seen.app.instances === instances) return seen.app
    }
  }
}

/**
 * Changes an app's number of tasks, without touching any other task.
 * @throws RefusedError, LeftError, MarathonAwayError, MarathonError
 */
export async function scaling(run: Run, id: string, instances: number, named: (names: Named) => void): Promise<Ended> {
  const seen = await firstLook(run, id)
  if (seen === undefined) throw new RefusedError(`there is no app ${id}`)
  const { app } = seen
  const name = nameOf(app.definition, app.version)
  named({ from: name, to: name })
  run.emit({ event: 'begin', app: id, from: name, to: name, instances, before: app.instances })
  const taken = await awaitOtherDeployments(run, id)
  const left = await unfinished(run, seen, false)
  if (left)
    throw new RefusedError(
      `a rollback to ${left.name} was left unfinished: complete it first, with provision deploy --to ${left.name} ${id}`,
    )
  await mayHaveNone(run, app, instances)
  await checkRoom(run, seen, instances)
  if (app.instances === 0 && instances > 0) await judge(run, app.definition, app, true)
  const watch = await prober(
    app.tasks.length > 0 && instances > 0 ? run.cluster.balancers : [],
    entranceOf(app.definition),
  )
  const unchanged = app.instances === instances && !taken
  const carried = unchanged || instances === 0 ? NONE_IS_MISSED : await mustBeCarried(run, app.definition)
  const sent = unchanged ? app : await send(run, id, instances, taken, carried)
  const followed = await follow(run, {
    id,
    name,
    config: sent.configVersion,
    instances,
    before: app,
    prober: watch,
  })
  const end = { instances, probes: watch.probes }
  if (!followed.ok) {
    const trying = followed.seen !== undefined && instances > app.instances ? ` Marathon goes on trying: ${LOWER}` : ''
    return {
      ...end,
      outcome: 'failed',
      reason: `${followed.reason}.${trying}`,
      ...(followed.words ? { words: followed.words } : {}),
    }
  }
  const { wrong } = await verify(run, id)
  if (wrong.length > 0)
    return {
      ...end,
      outcome: 'unserved',
      reason: `${instances} tasks are healthy, but\n${wrong.join('\n')}\nSee provision status.`,
    }
  return { ...end, outcome: unchanged ? 'unchanged' : 'live' }
}
