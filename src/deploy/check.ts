import { type Json, object } from '../cluster/json.ts'
import type { Definition } from '../cluster/marathon-answers.ts'
import type { Agent } from './agents.ts'
import { prestopOf } from './prestop.ts'
import { eligible, mostPerAgent, roomFor } from './room.ts'
import { imageOf, imageTag } from './version.ts'

/** Something about an app that would go wrong (`refuse`; `--allow NAME` waives it), or may (`warn`). */
export interface Finding {
  readonly name: string
  readonly level: 'refuse' | 'warn'
  /** Where in the app's JSON. */
  readonly path: string
  /** Why, and what to do. */
  readonly message: string
}

/** What else is known when an app is looked at. */
export interface Surroundings {
  /** The agents that take tasks; absent: nobody could say. */
  readonly agents?: readonly Agent[]
  /** How many slaves the inventory has. */
  readonly slaves: number
  /** HAProxies that send to tasks of their own slave only, and answer 503 where there is none. */
  readonly strict?: number
  /** How many tasks of the app run on each agent, by hostname. */
  readonly running?: ReadonlyMap<string, number>
}

type Rule = (app: Definition, around: Surroundings) => readonly Finding[]

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(object) : [])
const refuse = (name: string, path: string, message: string): readonly Finding[] => [{ name, level: 'refuse', path, message }]
const warn = (name: string, path: string, message: string): readonly Finding[] => [{ name, level: 'warn', path, message }]

const labels = (app: Definition): Json => object(app.labels)
const isBalanced = (app: Definition): boolean => labels(app)['lb.enable'] === 'true'
const checks = (app: Definition): readonly Json[] => list(app.healthChecks)
const isMesos = (check: Json): boolean => /^(MESOS_|COMMAND$)/.test(String(check.protocol ?? 'HTTP'))
const instances = (app: Definition): number => Number(app.instances ?? 1)

/** Marathon's defaults where the app says nothing. */
function strategy(app: Definition): { readonly least: number; readonly over: number } {
  const { minimumHealthCapacity = 1, maximumOverCapacity = 1 } = object(app.upgradeStrategy)
  return { least: Number(minimumHealthCapacity), over: Number(maximumOverCapacity) }
}

/** May Marathon stop an old task before a new one is healthy? */
const mayStopOne = (app: Definition): boolean => instances(app) - Math.ceil(instances(app) * strategy(app).least - 1e-9) >= 1

const groupBy: Rule = (app) =>
  (Array.isArray(app.constraints) ? app.constraints : []).flatMap((constraint, i) =>
    String(constraint[1]).toUpperCase() === 'GROUP_BY'
      ? refuse(
          'group-by',
          `constraints[${i}]`,
          'GROUP_BY stops Marathon: without a number it divides by zero and starts nothing of any app any more, with one a later scale-up hangs for ever. To spread tasks use ["hostname", "MAX_PER", "N"].',
        )
      : [],
  )

const overCapacity: Rule = (app) => {
  const { over } = strategy(app)
  if (over <= 0.5) return []
  const said =
    app.upgradeStrategy === undefined ? "no upgradeStrategy means Marathon's maximumOverCapacity of 1" : `maximumOverCapacity is ${over}`
  return refuse(
    'over-capacity',
    'upgradeStrategy.maximumOverCapacity',
    `${said}: if Marathon's leader changes in mid-deployment, the new one kills as many tasks as there are too many, healthy old ones first. Set upgradeStrategy to {"minimumHealthCapacity": 1, "maximumOverCapacity": 0.5}.`,
  )
}

/** A deployment that waits for ever: it may neither stop an old task nor start a new one. */
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
  if (agents !== undefined && running !== undefined && running.size > 0 && roomFor(app, agents, running) === 0)
    return refuse(
      'deadlock',
      'upgradeStrategy',
      `no slave has room for one more task (cpus ${app.cpus ?? 1}, mem ${app.mem ?? 128}), and minimumHealthCapacity ${strategy(app).least} lets no old one be stopped first: the deployment would wait for ever. Set upgradeStrategy to {"minimumHealthCapacity": ${half(n)}, "maximumOverCapacity": 0}, or make room.`,
    )
  if (strategy(app).over === 0)
    return refuse(
      'deadlock',
      'upgradeStrategy',
      `with ${n} ${n === 1 ? 'instance' : 'instances'}, minimumHealthCapacity ${strategy(app).least} lets no old task be stopped and maximumOverCapacity 0 no new one be started (Marathon 1.11 then runs one more than it is allowed; others wait for ever). Set maximumOverCapacity to 0.5, or minimumHealthCapacity to ${half(n)}.`,
    )
  return []
}

/** A minimumHealthCapacity that lets one task in two be stopped. */
const half = (n: number): number => (n === 1 ? 0 : 0.5)

const grace: Rule = (app) => {
  const wait = prestopOf(app)
  const { taskKillGracePeriodSeconds: given } = app
  if (wait !== undefined && given === undefined)
    return refuse(
      'grace',
      'taskKillGracePeriodSeconds',
      `is missing: the task is killed within seconds of SIGTERM, but its pre-stop serves on for ${wait} s. Set it to ${wait + 30}.`,
    )
  if (wait !== undefined && Number(given) <= wait)
    return refuse(
      'grace',
      'taskKillGracePeriodSeconds',
      `${given} s are not longer than the pre-stop of ${wait} s: what is still being answered then is cut off. Set it to ${wait + 30}, or to the pre-stop and the longest request together.`,
    )
  if (given === undefined && app.container !== undefined)
    return warn(
      'kill-grace',
      'taskKillGracePeriodSeconds',
      'is missing: a task is killed within seconds of SIGTERM, whatever it is answering just then.',
    )
  return []
}

const mesosFailures: Rule = (app) =>
  checks(app).flatMap((check, i) =>
    isMesos(check) && check.maxConsecutiveFailures === 0
      ? refuse(
          'check-failures',
          `healthChecks[${i}].maxConsecutiveFailures`,
          `0 means never to Marathon's own checks, but to ${check.protocol} it means that the first failure kills the task. Set it to 3.`,
        )
      : [],
  )

const mixedChecks: Rule = (app) => {
  const mesos = checks(app).filter(isMesos).length
  if (mesos === 0 || mesos === checks(app).length) return []
  return refuse(
    'mixed-checks',
    'healthChecks',
    'some are made by Mesos (MESOS_…, COMMAND) and some by Marathon (HTTP, HTTPS, TCP): an app may have one kind only. Use MESOS_HTTP for all.',
  )
}

const noCheck: Rule = (app) =>
  isBalanced(app) && checks(app).length === 0
    ? refuse(
        'no-check',
        'healthChecks',
        'is missing: without a health check a task counts as well as soon as it runs, and old ones are killed before new ones answer. Add [{"protocol": "MESOS_HTTP", "path": "/healthz"}].',
      )
    : []

const marathonChecks: Rule = (app) =>
  checks(app).some((check) => !isMesos(check)) && !checks(app).some(isMesos)
    ? warn(
        'marathon-checks',
        'healthChecks',
        "Marathon's own checks know nothing for a while after its leader has changed, and do not tell it which tasks to spare. MESOS_HTTP does both better.",
      )
    : []

const latest: Rule = (app) => {
  const image = imageOf(app)
  const tag = imageTag(image)
  if (image === '' || (tag !== '' && tag !== 'latest')) return []
  return refuse(
    'latest',
    'container.docker.image',
    `${image} names no fixed version: what runs would depend on when each slave pulled it, and there is no way back. Name a tag that never moves, or a digest.`,
  )
}

const prestop: Rule = (app) =>
  isBalanced(app) && prestopOf(app) === undefined
    ? warn(
        'prestop',
        'args',
        'nothing shows a pre-stop: a task that stops at SIGTERM is still sent requests until every HAProxy knows (up to 3.2 s); 117 to 283 of them were lost per deployment. provision deploy --prestop shows the wrapper.',
      )
    : []

const shell: Rule = (app) =>
  typeof app.cmd === 'string' && isBalanced(app) && !/\bexec\b|\btrap\b/.test(app.cmd)
    ? warn(
        'shell',
        'cmd',
        'runs under sh -c, which does not pass SIGTERM on: the process is killed without notice. Begin it with exec, or use args.',
      )
    : []

/** The app's ports, by index: what the registrar can find. */
function portNames(app: Definition): readonly string[] {
  const mappings = list(object(app.container).portMappings)
  const ports = mappings.length > 0 ? mappings : list(app.portDefinitions)
  return ports.map((port) => String(port.name ?? ''))
}

const lbPort: Rule = (app) => {
  if (!isBalanced(app)) return []
  const names = portNames(app)
  const wanted = labels(app)['lb.port']
  if (names.length === 0 && app.ports === undefined)
    return refuse(
      'lb-port',
      'container.portMappings',
      'is missing: lb.enable needs a port that the HAProxies can send to. Add [{"containerPort": 3000, "hostPort": 0, "name": "http"}].',
    )
  if (wanted === undefined || names.includes(String(wanted)) || (/^\d+$/.test(String(wanted)) && Number(wanted) < names.length)) return []
  const known = names.map((name, i) => (name === '' ? String(i) : `${name} (${i})`)).join(', ')
  return refuse('lb-port', 'labels["lb.port"]', `there is no port "${wanted}", so no HAProxy would send to the app. There is ${known}.`)
}

const lbEnable: Rule = (app) => {
  const said = labels(app)['lb.enable']
  return said === undefined || said === 'true' || said === 'false'
    ? []
    : warn('lb-enable', 'labels["lb.enable"]', `only "true" puts an app behind the HAProxies; "${said}" does not.`)
}

const strict: Rule = (app, { strict = 0 }) =>
  isBalanced(app) && instances(app) < strict
    ? warn(
        'no-local-task',
        'instances',
        `${instances(app)} tasks cannot be on all ${strict} slaves, and with vars.haproxy.fallback "none" a slave without one answers 503.`,
      )
    : []

const RULES: readonly Rule[] = [
  latest,
  lbPort,
  lbEnable,
  noCheck,
  mixedChecks,
  mesosFailures,
  marathonChecks,
  groupBy,
  deadlock,
  overCapacity,
  grace,
  prestop,
  shell,
  strict,
]

/** Everything about an app that would go wrong or may, before anything is sent. Pure. */
export const findings = (app: Definition, around: Surroundings): readonly Finding[] => RULES.flatMap((rule) => rule(app, around))
