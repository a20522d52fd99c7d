import { message } from '../../lib/message.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import { broken } from '../chain.ts'
import type { Balancer } from '../live-cluster.ts'
import type { Look } from './progress.ts'
import { LeftError, look, pause, type Run } from './run.ts'
import { type Entrance, entranceOf, type Served, served, serverOf, wrongAt } from './serving.ts'

/**
 * How many milliseconds HAProxies get to follow: registrar, consul-template and reload took at most 3.2 s; an old task
 * leaves when its pre-stop ends.
 */
const DEADLINE = 60_000
/** How many milliseconds a HAProxy that answered before may give no answer before that counts as an outage. */
const SILENCE = 10_000

/** What is wrong on the way to a live app. */
export interface Verified {
  /** One sentence for each HAProxy that does not send to it. */
  readonly wrong: readonly string[]
  /** A HAProxy that answered for the app before no longer does, because of the app's new tasks. */
  readonly lost: boolean
  /** None of those HAProxies reaches a task of it any more. */
  readonly all: boolean
}

/** Has the HAProxy no server at all, in the mode where each slave sends only to its own tasks? */
const isEmpty = (backends: readonly { readonly servers: readonly unknown[] }[], local: number): boolean =>
  local === 0 && backends.every(({ servers }) => servers.length === 0)

interface Asked extends Served {
  /** Does it answer, whichever task it sends to? */
  readonly answers: boolean
  /** Or does a task answer with an error? */
  readonly reached: boolean
}

/** The servers of the app whose place is taken: both may be one service. */
const replaced = ({ replaces: old }: Run): ReadonlySet<string> =>
  new Set(old?.tasks.map(({ id }) => serverOf(id, old.definition)))

async function ask(
  balancer: Balancer,
  entrance: Entrance,
  { app, now }: Look,
  also: ReadonlySet<string>,
): Promise<Asked> {
  const local = now.fresh.filter((task) => balancer.hostnames.includes(task.host))
  const backends = await balancer.stats()
  const seen = served(backends, app.definition, now.fresh, local, also)
  if (seen.is === 'ok' && isEmpty(backends, local.length)) return { ...seen, answers: true, reached: true }
  const wrong = await wrongAt(balancer, entrance)
  const answers = wrong === undefined
  const how = { answers, reached: wrong?.reached ?? true }
  return seen.is === 'ok' && wrong !== undefined ? { is: 'down', says: wrong.says, ...how } : { ...seen, ...how }
}

/**
 * Waits until every HAProxy sends to exactly the app's tasks, and has checked them.
 * @param before the HAProxies that answered for the app before the change
 */
export async function verify(run: Run, id: string, before: readonly Balancer[] = []): Promise<Verified> {
  const isLast = timeLimit(DEADLINE, run.cluster.now)
  const done = new Set<Balancer>()
  const silent = new Map<Balancer, number>()
  const cut = new Set<Balancer>()
  for (;;) {
    const late = isLast()
    const seen = await look(run, id)
    const entrance = seen && entranceOf(seen.app.definition)
    if (seen === undefined || entrance === undefined || seen.app.instances === 0)
      return { wrong: [], lost: false, all: false }
    const wrong: string[] = []
    const one = async (balancer: Balancer): Promise<void> => {
      const unasked = (error: unknown): Asked => ({
        is: 'late',
        says: `cannot be asked: ${message(error)}`,
        answers: true,
        reached: true,
      })
      const { is, says, answers, reached } = await ask(balancer, entrance, seen, replaced(run)).catch(unasked)
      if (is === 'ok') done.add(balancer)
      else wrong.push(`${balancer.host}: its HAProxy ${says}`)
      if (is !== 'down' || answers) silent.delete(balancer)
      else if (!silent.has(balancer)) silent.set(balancer, run.cluster.now())
      if (reached) cut.delete(balancer)
      else cut.add(balancer)
      if (is === 'ok' || late) run.emit({ event: 'serving', host: balancer.host, ok: is === 'ok', says })
    }
    await Promise.all(run.cluster.balancers.filter((balancer) => !done.has(balancer)).map(one))
    const lost = before.some(
      (balancer) => run.cluster.now() - (silent.get(balancer) ?? Number.POSITIVE_INFINITY) >= SILENCE,
    )
    if (wrong.length === 0 || late || lost) {
      // they may not know the tasks because the chain that tells them is broken
      const why = wrong.length === 0 ? [] : await broken(run, seen.app.definition)
      return { wrong: [...wrong.sort(), ...why], lost, all: before.every((each) => silent.has(each) && cut.has(each)) }
    }
    if (run.signal.aborted)
      throw new LeftError(
        `stopped as asked: all tasks are healthy, but not every HAProxy sends to them yet\n${wrong.join('\n')}`,
      )
    await pause(run)
  }
}
