import { balanceable } from '../../balancing/definition.ts'
import type { Definition } from '../../clients/marathon-answers.ts'
import { list, object } from '../../lib/json.ts'
import { eligible, mostInAll, mostPerAgent, neverFits, roomFor } from './room.ts'
import { instances, isBalanced, type Rule, refuse, warn } from './rule.ts'

/** The app's upgrade strategy, with Marathon's defaults. */
function strategy(app: Definition): { readonly least: number; readonly over: number } {
  const { minimumHealthCapacity = 1, maximumOverCapacity = 1 } = object(app.upgradeStrategy)
  return { least: Number(minimumHealthCapacity), over: Number(maximumOverCapacity) }
}

/** Has it persistent volumes? Marathon refuses a maximumOverCapacity above 0 for such an app. */
const keepsData = ({ residency, container }: Definition): boolean =>
  residency !== undefined || list(object(container).volumes).some((each) => object(each).persistent !== undefined)

/** May Marathon kill an old task before a new one is healthy? */
const mayStopOne = (app: Definition): boolean =>
  instances(app) - Math.ceil(instances(app) * strategy(app).least - 1e-9) >= 1

const groupBy: Rule = (app) =>
  list(app.constraints).flatMap((constraint, i) =>
    String(list(constraint)[1]).toUpperCase() === 'GROUP_BY'
      ? refuse(
          'group-by',
          `constraints[${i}]`,
          'GROUP_BY breaks Marathon: without a number it divides by zero, and no app starts another task; with one, a later scale-up hangs for ever. To spread tasks use ["hostname", "MAX_PER", "N"].',
        )
      : [],
  )

const overCapacity: Rule = (app) => {
  const { over } = strategy(app)
  if (over <= 0.5 || keepsData(app)) return []
  const said =
    app.upgradeStrategy === undefined
      ? "no upgradeStrategy means Marathon's maximumOverCapacity of 1"
      : `maximumOverCapacity is ${over}`
  return refuse(
    'over-capacity',
    'upgradeStrategy.maximumOverCapacity',
    `${said}: if Marathon's leader changes during a deployment, the new one kills the surplus tasks, healthy old ones first. Set upgradeStrategy to {"minimumHealthCapacity": 1, "maximumOverCapacity": 0.5}.`,
  )
}

/** A task that no agent could ever run. */
const fits: Rule = (app, { agents = [] }) => {
  const n = instances(app)
  if (n === 0) return []
  const less = 'Ask for less, or give the slaves more.'
  const never = neverFits(app, agents)
  if (never !== undefined)
    return refuse('never-fits', never.path, `${never.why}: no task of it could ever start. ${less}`)
  const most = mostInAll(app, agents)
  // what a limit for each agent leaves is a deadlock's to tell
  return most >= n || Number.isFinite(mostPerAgent(app))
    ? []
    : refuse(
        'never-fits',
        'instances',
        `${n} of cpus ${app.cpus ?? 1} and mem ${app.mem ?? 128} never fit on the agents that it may run on: ${most} would if they ran nothing else. ${less}`,
      )
}

/** A deployment that would wait for ever: it may neither kill an old task nor start a new one. */
const deadlock: Rule = (app, { agents, slaves, running }) => {
  const n = instances(app)
  const most = mostPerAgent(app)
  const hosts = agents === undefined ? slaves : eligible(app, agents).length
  const places = most * hosts
  const path = Number.isFinite(most) ? 'constraints' : 'upgradeStrategy'
  if (n === 0) return []
  if (Number.isFinite(places) && n > places)
    return refuse(
      'deadlock',
      path,
      `${n} instances have no room on ${hosts} slaves with at most ${most} on each, and the deployment would wait for ever. Lower instances, or add slaves.`,
    )
  if (mayStopOne(app)) return []
  if (Number.isFinite(places) && n === places)
    return refuse(
      'deadlock',
      path,
      `all ${places} places (${hosts} slaves, at most ${most} on each) are taken by the old tasks, of which minimumHealthCapacity ${strategy(app).least} lets none be stopped first: the deployment would wait for ever. Set upgradeStrategy to {"minimumHealthCapacity": ${half(n)}, "maximumOverCapacity": 0}, or leave a place free.`,
    )
  if (agents !== undefined && running !== undefined && running.size > 0 && roomFor(app, agents, running) === 0) {
    const limited = Number.isFinite(most) && roomFor({ ...app, constraints: [] }, eligible(app, agents)) > 0
    const full = limited
      ? `on each of ${hosts} slaves run the ${most} tasks that it may have`
      : `no slave has room for one more task (cpus ${app.cpus ?? 1}, mem ${app.mem ?? 128})`
    return refuse(
      'deadlock',
      limited ? 'constraints' : 'upgradeStrategy',
      `${full}, and minimumHealthCapacity ${strategy(app).least} lets no old one be stopped first: the deployment would wait for ever. Set upgradeStrategy to {"minimumHealthCapacity": ${half(n)}, "maximumOverCapacity": 0}, or make room.`,
    )
  }
  if (strategy(app).over === 0)
    return refuse(
      'deadlock',
      'upgradeStrategy',
      `with ${n} ${n === 1 ? 'instance' : 'instances'}, minimumHealthCapacity ${strategy(app).least} lets no old task be stopped and maximumOverCapacity 0 no new one be started (Marathon 1.11 then runs one more than it is allowed; others wait for ever). Set ${keepsData(app) ? '' : 'maximumOverCapacity to 0.5, or '}minimumHealthCapacity to ${half(n)}.`,
    )
  return []
}

/** A deployment that may stop all tasks of a balanced app before a new one answers. */
const outage: Rule = (app) => {
  const n = instances(app)
  const { least } = strategy(app)
  if (!isBalanced(app) || n === 0 || least > 0) return []
  const at = 'upgradeStrategy.minimumHealthCapacity'
  const says = '0 lets Marathon stop all old tasks before a new one answers, and meanwhile no request is answered.'
  const better = 'Set upgradeStrategy to {"minimumHealthCapacity": 1, "maximumOverCapacity": 0.5}'
  return n === 1
    ? warn('outage', at, `${says} ${better} if the slaves have room for one more.`)
    : refuse('outage', at, `${says} ${better}, or minimumHealthCapacity to 0.5.`)
}

/** Two ports of one app that are to be the same port of the slave. */
const samePort: Rule = (app) => {
  const { ports, portsAt } = balanceable(app)
  return ports.flatMap(({ fixed }, i) =>
    fixed > 0 && ports.findIndex((port) => port.fixed === fixed) < i
      ? refuse(
          'never-fits',
          `${portsAt}[${i}].${portsAt === 'portDefinitions' ? 'port' : 'hostPort'}`,
          `${fixed} is the host port of another port of the app, and Mesos offers each once: no task of it could ever start. Set it to 0.`,
        )
      : [],
  )
}

/** A minimumHealthCapacity that lets Marathon stop half of the tasks. */
const half = (n: number): number => (n === 1 ? 0 : 0.5)

/** Checks how tasks are spread over the agents, and how new ones replace old ones. */
export const replacing: readonly Rule[] = [groupBy, fits, samePort, deadlock, outage, overCapacity]
