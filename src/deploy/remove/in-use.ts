import type { Definition, MarathonApp } from '../../clients/marathon-answers.ts'
import { isBalanced } from '../check/rule.ts'
import { patiently, RefusedError, type Run } from '../rollout/run.ts'
import { references } from './references.ts'
import { ownService } from './traces.ts'

/** Waives the refusal to remove an app that others refer to. */
const IN_USE = 'in-use'

/** The definitions of all other apps. */
export const definitionsBut = async (run: Run, id: string): Promise<readonly Definition[]> =>
  (await patiently(run, () => run.cluster.marathon.apps(), run.signal))
    .filter((app) => app.id !== id)
    .map(({ definition }) => definition)

/** Refuses if something refers to the app, or to its own `service`. @throws RefusedError */
export function checkUnused(run: Run, id: string, service: string | undefined, others: readonly Definition[]): void {
  const used = run.allow.has(IN_USE) ? [] : references(id, service, others, run.cluster.fronts)
  if (used.length > 0) throw new RefusedError(used.map((each) => `${each} (--allow ${IN_USE})`).join('\n'))
  if (service === undefined || run.cluster.balancers.length === 0 || others.some(isBalanced)) return
  run.emit({
    event: 'finding',
    name: IN_USE,
    level: 'warn',
    path: id,
    message:
      'is the last app behind the HAProxies: without it /haproxy-health answers 503, and every slave leaves the load balancer.',
  })
}

/** Scaling an app to zero, like removing it, requires that nothing uses it. @throws RefusedError */
export async function mayHaveNone(run: Run, before: MarathonApp | undefined, instances: number): Promise<void> {
  if (instances > 0 || before === undefined || before.instances === 0) return
  const { id, definition } = before
  const others = await definitionsBut(run, id)
  checkUnused(run, id, ownService(id, definition, others), others)
}
