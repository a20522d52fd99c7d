import { serviceName } from '../../balancing/words.ts'
import { MarathonAwayError, MarathonError } from '../../clients/marathon.ts'
import type { Definition, MarathonApp } from '../../clients/marathon-answers.ts'
import { grouped } from '../../lib/grouped.ts'
import { count } from '../../lib/units.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import { nameOf } from '../app/version.ts'
import type { Ended, Named } from '../rollout/deployment.ts'
import { awaitOtherDeployments } from '../rollout/other-deployments.ts'
import { deploymentsOf, firstLook, look, pause, RefusedError, type Run } from '../rollout/run.ts'
import { entranceOf, placeOf } from '../rollout/serving.ts'
import { checkUnused, definitionsBut } from './in-use.ts'
import { gone, isShared, ownService, tracesOf } from './traces.ts'

/** How many tasks each host has, by the host's name in the inventory. */
function tasksByHost(
  { cluster }: Run,
  { tasks }: MarathonApp,
): readonly { readonly host: string; readonly count: number }[] {
  return [...grouped(tasks, ({ host }) => cluster.name(host))]
    .map(([host, own]) => ({ host, count: own.length }))
    .sort((a, b) => a.host.localeCompare(b.host))
}

/** Reports what would be removed. */
async function tell(run: Run, app: MarathonApp, service: string | undefined): Promise<void> {
  const entrance = entranceOf(app.definition)
  const traces = service === undefined ? undefined : await tracesOf(run, service)
  run.emit({
    event: 'removal',
    tasks: tasksByHost(run, app),
    ...(service === undefined ? {} : { service, registered: traces?.registered ?? 0 }),
    balancers: traces?.balancers ?? [],
    ...(entrance === undefined ? {} : { route: placeOf(entrance) }),
  })
}

/** Removes the app from Marathon, once. If Marathon does not confirm it, reads what it has before trying again. */
async function send(run: Run, id: string, force: boolean): Promise<void> {
  for (;;) {
    try {
      const { version, deployment } = await run.cluster.marathon.remove(id, { force })
      run.emit({ event: 'sent', version, deployment })
      return
    } catch (error) {
      if (error instanceof MarathonError && error.status === 404) return // somebody else did it in the same instant
      if (!(error instanceof MarathonAwayError)) throw error
      await pause(run)
      if (error.sent && (await look(run, id)) === undefined) return
    }
  }
}

/** What is known of an app whose tasks are ending. */
interface Ending {
  readonly id: string
  /** How many milliseconds each of its tasks gets to stop. */
  readonly grace: number
  /** Reports how many tasks are left, if Marathon answers. */
  tell(tasks: number | undefined): void
}

/** Waits until Marathon has killed the tasks. @returns why it has not, if the time is up */
async function ended(run: Run, { id, grace, tell }: Ending): Promise<string | undefined> {
  const most = run.deadline + grace
  const isLast = timeLimit(most, run.cluster.now)
  for (;;) {
    const last = isLast()
    const [deployments, seen] = [await deploymentsOf(run, id), await look(run, id, run.signal)]
    if (deployments.length === 0 && seen === undefined) return undefined
    tell(seen?.app.tasks.length)
    if (last)
      return `Marathon has not ended its tasks in ${Math.round(most / 1000)} s (${deployments.map(({ doing }) => doing).join(', ') || 'no deployment'})`
    await pause(run, run.signal)
  }
}

const isLate = (late: string, instances: number): Ended => ({
  outcome: 'failed',
  instances,
  reason: `${late}. Run the command again to continue waiting.`,
})

/** How many milliseconds the tasks of an app that Marathon no longer knows may take to stop. */
const GRACE = 120_000

/** Refuses an id that is a group's. @throws RefusedError */
export function checkNoGroup(id: string, others: readonly Definition[]): void {
  const members = others
    .map((each) => String(each.id))
    .filter((each) => each.startsWith(id === '/' ? id : `${id}/`))
    .sort()
  if (members.length > 0)
    throw new RefusedError(
      `${id} is a group of ${count(members.length, 'app')}, and remove takes one app at a time: ${members.join(', ')}`,
    )
}

/**
 * The app is gone from Marathon, which forgets an app at once while its tasks are still ending. Waits for the tasks,
 * and for the remains of a service that no other app has.
 */
async function leftover(run: Run, id: string): Promise<Ended> {
  const others = await definitionsBut(run, id)
  checkNoGroup(id, others)
  // its labels are gone with it, but what the registrars registered says whose it is
  const named = await run.cluster.servicesOf(id).catch(() => [])
  let told = false
  const tell = (): void => {
    if (!told) run.emit({ event: 'waiting', for: `the tasks of ${id} to end` })
    told = true
  }
  const late = await ended(run, { id, grace: GRACE, tell })
  if (late !== undefined) return isLate(late, 0)
  const services = [...new Set([...named, serviceName(id)])].filter((service) => !isShared(service, others))
  const left = (await Promise.all(services.map((service) => gone(run, service)))).flat()
  if (left.length > 0)
    return { outcome: 'unserved', instances: 0, reason: `there is no app ${id}, but\n${left.join('\n')}` }
  return { outcome: 'absent', instances: 0 }
}

/**
 * Removes an app from Marathon, and waits until its tasks, its registrations in Consul and its backends in every
 * HAProxy are gone.
 * @throws RefusedError, LeftError, MarathonAwayError, MarathonError
 * @param check only report what would be removed
 */
export async function removing(run: Run, id: string, check: boolean, named: (names: Named) => void): Promise<Ended> {
  if (id === '/') checkNoGroup(id, await definitionsBut(run, id))
  const seen = await firstLook(run, id)
  if (seen === undefined) return leftover(run, id)
  const { app } = seen
  const name = nameOf(app.definition, app.version)
  named({ from: name, to: name })
  run.emit({ event: 'begin', app: id, from: name, to: name, instances: 0, before: app.instances })
  const others = await definitionsBut(run, id)
  const service = ownService(id, app.definition, others)
  await tell(run, app, service)
  checkUnused(run, id, service, others)
  const taken = await awaitOtherDeployments(
    run,
    id,
    `remove it all the same: provision remove ${id} --allow running-deployment`,
  )
  if (check) return { outcome: 'present', instances: app.tasks.length }
  await send(run, id, taken)
  const [registered, balancers] = service === undefined ? [0, 0] : [app.tasks.length, run.cluster.balancers.length]
  const late = await ended(run, {
    id,
    grace: Number(app.definition.taskKillGracePeriodSeconds ?? 3) * 1000,
    tell: (tasks = app.tasks.length) => run.emit({ event: 'leaving', tasks, registered, balancers }),
  })
  if (late !== undefined) return isLate(late, app.tasks.length)
  const left = service === undefined ? [] : await gone(run, service)
  if (left.length === 0) return { outcome: 'removed', instances: app.tasks.length }
  const reason = `${count(app.tasks.length, 'task')} and the app are gone, but\n${left.join('\n')}\nSee provision status.`
  return { outcome: 'unserved', instances: 0, reason }
}
