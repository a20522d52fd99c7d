import type { Definition, MarathonApp } from '../clients/marathon-answers.ts'
import type { Finding } from './check/rule.ts'
import { checkUnused, definitionsBut } from './remove/in-use.ts'
import { checkNoGroup, removing } from './remove/removing.ts'
import { ownService } from './remove/traces.ts'
import { deployment, type Ended, type Named } from './rollout/deployment.ts'
import { awaitOtherDeployments } from './rollout/other-deployments.ts'
import { firstLook, RefusedError, type Run } from './rollout/run.ts'
import { verify } from './rollout/verify.ts'
import type { Wanted } from './target.ts'

type New = Extract<Wanted, { readonly app: unknown }>

/** Checks that the app may be removed once the other one is live, before anything is changed. @throws RefusedError */
async function checkRemovable(run: Run, old: MarathonApp, fresh: Definition): Promise<void> {
  const { id, definition } = old
  const others = [...(await definitionsBut(run, id)).filter((each) => each.id !== fresh.id), fresh]
  checkUnused(run, id, ownService(id, definition, others), others)
  await awaitOtherDeployments(run, id, `provision remove ${id} --allow running-deployment`)
}

/** There is no such app: it is mistyped, or a run that was stopped late has removed it. @throws RefusedError */
async function tellAbsent(run: Run, id: string): Promise<void> {
  checkNoGroup(id, await definitionsBut(run, id))
  run.emit({
    event: 'finding',
    name: 'replaces',
    level: 'warn',
    path: id,
    message: 'is no app of this cluster: there is nothing whose place could be taken.',
  })
}

/** Removes the old app, and asks every HAProxy once more. */
async function removed(run: Run, id: string, fresh: string, live: Ended): Promise<Ended> {
  const { outcome, reason = '' } = await removing(run, id, false, () => {})
  if (outcome === 'absent') return live
  if (outcome !== 'removed')
    return { ...live, outcome, reason: `${fresh} is live, but ${id}, whose place it takes, is not gone\n${reason}` }
  const { wrong } = await verify(run, fresh)
  if (wrong.length === 0) return { ...live, outcome: 'live' }
  return { ...live, outcome: 'unserved', reason: `${id} is removed, but\n${wrong.join('\n')}\nSee provision status.` }
}

/**
 * Deploys an app in the place of another one, which serves until this one is live and is then removed. Repeating it
 * completes what an earlier run has begun.
 * @throws RefusedError, LeftError, MarathonAwayError, MarathonError
 */
export async function replacement(
  run: Run,
  wanted: New & { readonly replaces: string },
  named: (names: Named) => void,
  note: (found: readonly Finding[]) => void,
): Promise<Ended> {
  const { app, replaces: id } = wanted
  if (id === app.id) throw new RefusedError(`${id} cannot take its own place: leave out --replaces`)
  if (app.definition.instances === 0)
    throw new RefusedError(`instances is 0: nothing would serve in the place of ${id}`)
  const old = (await firstLook(run, id))?.app
  await (old === undefined ? tellAbsent(run, id) : checkRemovable(run, old, app.definition))
  const ended = await deployment(old === undefined ? run : { ...run, replaces: old }, wanted, named, note)
  if (ended.outcome === 'live' || ended.outcome === 'unchanged') return removed(run, id, app.id, ended)
  return old === undefined ? ended : { ...ended, reason: `${ended.reason ?? ''}\n${id} was left as it is.` }
}
