import type { App } from '../app/types.ts'
import { byMarathon } from '../app/types.ts'
import type { Plan } from './deploy/types.ts'
import type { Health } from './health/result.ts'
import type { Instance } from './instance.ts'
import type { TaskFailure, World } from './world.ts'
import { specOf, versionKey } from './world.ts'

/** A node below the state's: what it is to hold, or that it is to go. */
export interface Write {
  readonly path: string
  readonly value: unknown
}

type Records = Readonly<Record<string, unknown>>

/** An id as one name of a node. */
const name = (id: string): string => encodeURIComponent(id).replaceAll('.', '%2E')

const compare = (
  folder: string,
  before: Records,
  after: Records,
  show: (value: unknown) => unknown = (value) => value,
): Write[] => {
  if (before === after) return []
  const changed = Object.keys(after).filter((key) => before[key] !== after[key])
  const gone = Object.keys(before).filter((key) => !(key in after))
  return [
    ...changed.map((key) => ({ path: `${folder}/${name(key)}`, value: show(after[key]) })),
    ...gone.map((key) => ({ path: `${folder}/${name(key)}`, value: undefined })),
  ]
}

/**
 * Verdicts of Mesos's checks are kept with their instance: they are Mesos's state, unlike the results of Marathon's own
 * checks.
 */
const withVerdict = (world: World) => (value: unknown) => {
  const instance = value as Instance
  const checks = specOf(world, instance)?.healthChecks ?? []
  const kept = Object.entries(world.health[instance.id] ?? {}).filter(
    ([index]) => checks[Number(index)] && !byMarathon(checks[Number(index)]!),
  )
  return { ...instance, verdicts: Object.fromEntries(kept) }
}

const root = (world: World) => ({
  version: world.rootVersion,
  versions: world.rootVersions.slice(-50),
  apps: Object.fromEntries(Object.values(world.apps).map((app) => [app.id, app.version])),
})

/**
 * What must be written before anybody hears of a step: definitions, instances, deployments, failures, the framework's
 * id.
 */
export const writes = (before: World, after: World): Write[] => {
  const apps = before.history === after.history ? [] : Object.keys(after.history)
  const rooted = before.apps !== after.apps || before.rootVersion !== after.rootVersion
  return [
    ...apps.flatMap((id) => compare(`apps/${name(id)}`, before.history[id] ?? {}, after.history[id] ?? {})),
    ...compare('deployments', before.deployments, after.deployments, (value) => (value as { plan: Plan }).plan).filter(
      ({ path, value }) =>
        value === undefined || !(decodeURIComponent(path.slice('deployments/'.length)) in before.deployments),
    ),
    ...(rooted ? [{ path: 'root', value: root(after) }] : []),
    ...compare('instances', before.instances, after.instances, withVerdict(after)),
    ...compare('failures', before.failures, after.failures),
    ...(before.frameworkId === after.frameworkId ? [] : [{ path: 'framework-id', value: after.frameworkId }]),
  ]
}

/** What is kept, read back: nodes by their path below the state's. */
export const restore = (
  nodes: ReadonlyMap<string, unknown>,
): { readonly kept: Partial<World>; readonly plans: readonly Plan[] } => {
  const under = <T>(folder: string): T[] =>
    [...nodes].filter(([path]) => path.startsWith(`${folder}/`)).map(([, value]) => value as T)
  const history: Record<string, Record<string, App>> = {}
  for (const app of under<App>('apps')) history[app.id] = { ...history[app.id], [app.version]: app }
  const kept = nodes.get('root') as { version: string; versions: string[]; apps: Record<string, string> } | undefined
  const apps = Object.entries(kept?.apps ?? {}).flatMap(([id, version]) =>
    history[id]?.[version] ? [[id, history[id][version]] as const] : [],
  )
  const instances = under<Instance & { verdicts?: Record<number, Health> }>('instances').sort((a, b) =>
    a.id < b.id ? -1 : 1,
  )
  const frameworkId = nodes.get('framework-id') as string | undefined
  const plans = under<Plan>('deployments')
  // A new leader adds the checks of a version whose deployment it recovers for tasks to come only: what Mesos said of
  // those that run is lost.
  const recovered = new Set(
    plans.flatMap(({ steps }) => steps.flat().map(({ app }) => versionKey(app.id, app.version))),
  )
  const known = instances.filter(
    ({ app, version, verdicts = {} }) => Object.keys(verdicts).length > 0 && !recovered.has(versionKey(app, version)),
  )
  return {
    kept: {
      history,
      apps: Object.fromEntries(apps),
      ...(kept && { rootVersion: kept.version, rootVersions: kept.versions }),
      instances: Object.fromEntries(instances.map(({ verdicts: _, ...instance }) => [instance.id, instance])),
      health: Object.fromEntries(known.map(({ id, verdicts = {} }) => [id, verdicts])),
      failures: Object.fromEntries(under<TaskFailure>('failures').map((failure) => [failure.appId, failure])),
      ...(frameworkId !== undefined && { frameworkId }),
    },
    plans,
  }
}
