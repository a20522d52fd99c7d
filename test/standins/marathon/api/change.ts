import { assignServicePorts } from '../app/service-ports.ts'
import type { App } from '../app/types.ts'
import { deploy, LOCKED } from '../core/deploy/manager.ts'
import { makePlan } from '../core/deploy/plan.ts'
import type { Plan } from '../core/deploy/types.ts'
import { seededUuid } from '../core/ids.ts'
import { iso, ms } from '../core/time.ts'
import { emit, serial, type Turn, update } from '../core/turn.ts'
import { Refusal } from './http.ts'

type Apps = Readonly<Record<string, App>>

/** A change of what is to run: from the apps there are to those wanted. @throws Refusal */
export type Change = (apps: Apps, version: string) => Apps

export interface ChangeOptions {
  readonly force: boolean
  /** Instances that are to go first, by app. */
  readonly toKill?: Readonly<Record<string, readonly string[]>>
  /** Instead of a new one. */
  readonly version?: string
}

const TOO_MANY = (most: number): string =>
  `Max number (${most}) of running deployments is achieved. Wait for existing deployments to complete or cancel one` +
  'using force=true parameter. You can increase max deployment number by using --max_running_deployments parameter ' +
  'but be advised that this can have negative effects on the performance.'

/** A version is a time, and no two are the same. */
const nextVersion = (turn: Turn): string => {
  const last = turn.world.rootVersions.reduce((max, version) => Math.max(max, ms(version)), 0)
  return iso(Math.max(turn.now, last + 1))
}

/** Puts new definitions on record, whatever becomes of them: the version of a refused change stays in the list. */
const record = (turn: Turn, before: Apps, after: Apps): void => {
  let { history } = turn.world
  for (const app of Object.values(after))
    if (before[app.id] !== app) history = { ...history, [app.id]: { ...history[app.id], [app.version]: app } }
  update(turn, { history })
}

const withPorts = (turn: Turn, before: Apps, after: Apps): Apps => {
  const out: Record<string, App> = { ...after }
  for (const app of Object.values(after)) {
    if (before[app.id] === app) continue
    const others = Object.values(out).filter((other) => other.id !== app.id)
    out[app.id] = assignServicePorts(app, before[app.id], others, turn.world.settings.localPorts)
  }
  return out
}

/**
 * Changes what is to run and starts the deployment that leads there. @throws Refusal 403, 409, and those of the change;
 * each is an event as well
 */
export const change = (
  turn: Turn,
  make: Change,
  { force, toKill, version = nextVersion(turn) }: ChangeOptions,
): Plan => {
  const refuse = (error: unknown): never => {
    if (error instanceof Refusal) emit(turn, 'group_change_failed', { groupId: '/', version, reason: error.message })
    throw error
  }
  try {
    const before = turn.world.apps
    const after = withPorts(turn, before, make(before, version))
    const plan = makePlan(seededUuid(`${turn.world.node} ${turn.now} ${serial(turn)}`), version, before, after, toKill)
    const { maxRunningDeployments } = turn.world.settings
    if (!force && plan.steps.length > 0 && Object.keys(turn.world.deployments).length >= maxRunningDeployments)
      throw new Refusal(403, { message: TOO_MANY(maxRunningDeployments) })
    record(turn, before, after)
    const { refusedBy } = deploy(turn, plan, force)
    if (refusedBy.length > 0) throw new Refusal(409, { message: LOCKED, deployments: refusedBy.map((id) => ({ id })) })
    update(turn, {
      apps: after,
      rootVersion: version,
      rootVersions: [...turn.world.rootVersions.filter((v) => v !== version), version],
    })
    emit(turn, 'group_change_success', { groupId: '/', version })
    return plan
  } catch (error) {
    return refuse(error)
  }
}

/** The answer to a change. */
export const result = (plan: Plan, status = 200, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: { ...headers, 'Marathon-Deployment-Id': plan.id },
  body: { deploymentId: plan.id, version: plan.version },
})
