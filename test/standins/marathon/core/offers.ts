import { delayed } from './backoff.ts'
import { taskId } from './ids.ts'
import { type Instance, terminal } from './instance.ts'
import { keep, tell } from './instances.ts'
import { taskInfo } from './launch/task.ts'
import { deadly, placed } from './match/constraints.ts'
import { type Match, match, matched } from './match/match.ts'
import type { Reason } from './match/reasons.ts'
import { less } from './match/resources.ts'
import type { Offer, Resource, TaskInfo } from './mesos.ts'
import { call, log, put, type Turn, update } from './turn.ts'
import { instancesOf, type QueueStats, specOf, type World } from './world.ts'

/** Waits to be launched, by its goal. */
export const waiting = ({ goal, condition }: Instance): boolean =>
  goal === 'Running' && (condition === 'Scheduled' || terminal(condition))

/** Instances that an offer could be used for now, in the order in which they came. */
export const launchable = (world: World, now: number): Instance[] =>
  world.queueDead
    ? []
    : Object.values(world.instances).filter((i) => waiting(i) && !delayed(world, i.app, i.version, now))

const FRESH: Omit<QueueStats, 'since'> = { processed: 0, unused: 0, last: {}, attempt: [] }

/** Kept of each app while it waits: what its last attempt at launching met. */
const ATTEMPTS = 1000

const note = (turn: Turn, app: string, offer: Offer, reasons: readonly Reason[]): void => {
  const stats = turn.world.queue[app] ?? { ...FRESH, since: turn.now }
  const unused = reasons.length > 0
  const { [offer.agent_id.value]: _, ...others } = stats.last
  put(turn, 'queue', app, {
    ...stats,
    processed: stats.processed + 1,
    unused: stats.unused + Number(unused),
    ...(unused ? { lastUnused: turn.now } : { lastUsed: turn.now }),
    last: unused ? { [offer.agent_id.value]: { offer, reasons, at: turn.now }, ...others } : {},
    attempt: [...stats.attempt, reasons].slice(-ATTEMPTS),
  } satisfies QueueStats)
}

const launch = (turn: Turn, instance: Instance, offer: Offer, found: Match): TaskInfo | undefined => {
  const app = specOf(turn.world, instance)
  if (!app) return undefined
  const { healthy: _h, activeSince: _a, ...rest } = instance
  const incarnation = instance.incarnation + 1
  const id = taskId(instance.id, incarnation)
  const agent = { host: offer.hostname, agent: offer.agent_id.value, attributes: offer.attributes ?? [] }
  const task = { id, state: 'TASK_STAGING', ...agent, ports: found.ports, addresses: [], staged: turn.now }
  const provisioned = keep(turn, { ...rest, condition: 'Provisioned', since: turn.now, incarnation, task })
  tell(turn, provisioned, instance)
  return taskInfo(app, id, offer, found, turn.world.settings.envPrefix)
}

/** Tries what waits on an offer, one after the other, until it is used up. */
const use = (turn: Turn, offer: Offer): TaskInfo[] => {
  const { maxInstancesPerOffer, maintenanceMode } = turn.world.settings
  const tasks: TaskInfo[] = []
  const tried = new Set<string>()
  let resources: readonly Resource[] = offer.resources
  for (const instance of launchable(turn.world, turn.now)) {
    if (tasks.length >= maxInstancesPerOffer) break
    const app = specOf(turn.world, instance)
    if (!app || tried.has(`${app.id} ${app.version}`)) continue
    if (deadly(app.constraints ?? [])) {
      log(
        turn,
        `ERROR Division by zero in the launch queue (${app.id}: GROUP_BY without a number). Nothing is launched any more.`,
      )
      update(turn, { queueDead: true })
      break
    }
    const places = placed(instancesOf(turn.world, app.id))
    const found = match(app, offer, resources, places, {
      now: turn.now,
      seed: `${offer.id.value} ${instance.id}`,
      maintenanceMode,
    })
    note(turn, app.id, offer, matched(found) ? [] : found)
    if (!matched(found)) {
      tried.add(`${app.id} ${app.version}`)
      continue
    }
    const task = launch(turn, instance, offer, found)
    if (task) tasks.push(task)
    resources = less(resources, found.resources)
  }
  return tasks
}

/** Uses offers, and declines those that nothing fits. */
export const offered = (turn: Turn, offers: readonly Offer[]): void => {
  for (const offer of offers) {
    const tasks = use(turn, offer)
    if (tasks.length > 0) {
      const operations = [{ type: 'LAUNCH', launch: { task_infos: tasks } }]
      call(turn, { type: 'ACCEPT', accept: { offer_ids: [offer.id], operations } })
    } else {
      const filters = { refuse_seconds: turn.world.settings.declineOffer / 1000 }
      call(turn, { type: 'DECLINE', decline: { offer_ids: [offer.id], filters } })
    }
  }
}
