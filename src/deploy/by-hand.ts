import type { Carried } from '../balancing/chain.ts'
import type { Definition, MarathonTask } from '../clients/marathon-answers.ts'
import type { Look } from './rollout/progress.ts'
import type { Run } from './rollout/run.ts'
import { capacityOf, instancesOf, isAnswering, isWell } from './rollout/situation.ts'

/** The tasks that serve: new ones that are healthy, and old ones of which nobody knows that they do not answer. */
export const servingOf = ({ app, now }: Pick<Look, 'app' | 'now'>): readonly MarathonTask[] => [
  ...now.old.filter((task) => isAnswering(task, app.definition) !== false),
  ...now.fresh.filter((task) => isWell(task, app.definition)),
]

/**
 * Has Marathon ended more old tasks than `upgradeStrategy` and the healthy new ones allow? A new leader does: it starts
 * the rolling upgrade anew, calls every task beyond `instances` surplus, and ends the healthy old ones first.
 * @param had how many tasks served before
 * @param instances the wanted number of tasks
 */
export const endsTooMany = (seen: Look, had: number, instances: number): boolean =>
  !seen.scales &&
  seen.app.deployments.length > 0 &&
  seen.now.old.length > 0 &&
  servingOf(seen).length < Math.min(had, capacityOf(seen.app.definition, instances).least)

/** How many tasks must serve during a rollout, and how many there may be: always one more, as with Marathon. */
function limitsOf(definition: Definition, instances: number): { readonly least: number; readonly most: number } {
  const { least, most } = capacityOf(definition, instances)
  return { least, most: Math.max(most, least + 1) }
}

/**
 * Could a new leader of Marathon end every task that serves, although none may be away? It ends all but `instances`
 * tasks, old ones first, and by then as many new ones may have been started that are not healthy yet: always so if
 * there is but one task. Only once Marathon has ended the old tasks that it ends at the start, which may seem to serve.
 */
export function mayEndAll({ app, now, scales }: Look, instances: number): boolean {
  const { least, most } = limitsOf(app.definition, instances)
  const rolls = !scales && app.deployments.length > 0 && now.old.length > 0
  return rolls && now.old.length <= least && least >= instances && most >= 2 * least
}

/** A step of a rollout that Marathon does not carry out any more. */
export type HandStep =
  /** Ends exactly these tasks, and lowers the number of instances by theirs. */
  | { readonly do: 'end'; readonly ids: readonly string[] }
  /** Sets the number of instances, of which Marathon starts those that are missing, with the stored definition. */
  | { readonly do: 'scale'; readonly instances: number }

/**
 * The next step of a rollout that was halted, until the app has `instances` tasks of the stored definition and no
 * others; `undefined` to wait. Each step changes the number of instances only, for which a new leader ends nothing.
 * Pure.
 */
export function handStep({ app, now, scales }: Look, instances: number): HandStep | undefined {
  const all = instancesOf(now)
  // Tasks that are being ended may still seem to run.
  if (all > app.instances) return scales ? undefined : { do: 'scale', instances: all }
  const { least, most } = limitsOf(app.definition, instances)
  const answers = (task: MarathonTask): boolean => isAnswering(task, app.definition) !== false
  const spare = Math.max(0, servingOf({ app, now }).length - least)
  const [sick, well] = [false, true].map((is) => now.old.filter((task) => isWell(task, app.definition) === is))
  const ids = [
    ...now.old.filter((task) => !answers(task)),
    ...[...(sick ?? []), ...(well ?? [])].filter(answers).slice(0, spare),
  ].map(({ id }) => id)
  if (ids.length > 0) return { do: 'end', ids }
  const missing = instances - (all - now.old.length)
  if (now.old.length > 0 || missing > 0) {
    const wanted = Math.min(all + missing, most)
    return wanted > app.instances ? { do: 'scale', instances: wanted } : undefined
  }
  const fit = now.fresh.filter((task) => isWell(task, app.definition))
  if (fit.length < instances || app.instances === instances) return undefined
  const more = [...now.fresh.filter((task) => !fit.includes(task)), ...fit].slice(0, all - instances)
  return more.length > 0 ? { do: 'end', ids: more.map(({ id }) => id) } : { do: 'scale', instances }
}

/** Takes a step. */
export async function takeHandStep(run: Run, id: string, seen: Look, step: HandStep, carried: Carried): Promise<void> {
  const marathon = run.cluster.marathon.changes(carried)
  if (step.do === 'end') await marathon.killAndScale(step.ids, { id, instances: seen.app.instances })
  else await marathon.scale(id, step.instances, { force: true })
}
