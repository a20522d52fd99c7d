import { ConsulError } from '../clients/consul.ts'
import { message } from '../lib/message.ts'
import { carryOut, type Registered } from './carry-out.ts'
import { LockedError, type Look } from './marathon/stream.ts'
import type { Parts } from './parts.ts'
import { type Decision, decide } from './services/decide.ts'
import { taskOf } from './services/registration.ts'
import { look, neighbours } from './services/view.ts'
import { NOTHING_YET, tally } from './status.ts'
import { part } from './times.ts'

/** The part of Marathon's answer that concerns this slave. */
type Seen = ReturnType<typeof look>

/** Did the Consul agent say that the token lacks a permission? Only its answers count, not Marathon's. */
const isDenied = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof ConsulError && error.cause.status === 403

/** Looks whenever a look is due, until the registrar stops. */
export async function looks(it: Parts): Promise<void> {
  const { next, signal, tell, log, times } = it
  for (await next.due(); !signal.aborted; await next.due()) {
    try {
      next.poke(await lookOnce(it))
    } catch (error) {
      if (signal.aborted) return
      if (tell.status.consul === '') log('the Consul agent cannot be asked', { why: message(error) })
      tell.say({ consul: message(error), denied: isDenied(error) })
      next.poke(part(times.backoff))
    }
  }
}

/** Asks Marathon and acts on its answer. Returns the milliseconds until the next look. */
async function lookOnce(it: Parts): Promise<number> {
  const began = performance.now()
  const answer = await ask(it)
  if (answer === undefined) return part(it.times.backoff)
  await it.self.learn(answer.apps, it.signal)
  return it.alone(() => follow(it, answer, began))
}

/** Looks, decides, acts, and writes the status. */
async function follow(it: Parts, answer: Look, began: number): Promise<number> {
  const owned = await it.consul.owned(it.signal)
  const seen = remember(it, answer, began)
  const decision = settle(it, seen, owned)
  const after = await carryOut(it, decision, owned)
  it.memory.known = new Set([...after.values()].map(taskOf))
  tellAll(it, seen, after)
  return untilNext(it, seen, after)
}

/** Marathon's answer; undefined if it does not answer: then everything stays as it is. */
async function ask({ marathon, signal, memory, tell, log }: Parts): Promise<Look | undefined> {
  try {
    const answer = await marathon.apps(signal)
    if (tell.status.marathon !== '') {
      log('Marathon answers', { leader: answer.leader })
      tell.say({ marathon: '', locked: false })
    }
    return answer
  } catch (error) {
    memory.missed = new Map()
    if (signal.aborted) return undefined
    if (tell.status.marathon === '' || tell.status.marathon === NOTHING_YET.marathon)
      log('frozen: Marathon cannot be asked', { why: message(error) })
    tell.say({ marathon: message(error), locked: error instanceof LockedError })
    return undefined
  }
}

/** Remembers what an answer says of other slaves, and what events have said before. */
function remember({ memory, self, killing, ended }: Parts, { apps }: Look, began: number): Seen {
  const listed = new Set(apps.flatMap((app) => app.tasks.map(({ id }) => id)))
  for (const each of [killing, ended]) each.keep(listed, began)
  memory.others = neighbours(apps, self.now())
  return look(apps, self.now())
}

function settle({ memory, killing, ended, log }: Parts, { seen }: Seen, owned: Registered): Decision {
  const decision = decide({
    seen,
    owned,
    killing: killing.tasks,
    ended: ended.tasks,
    missed: memory.missed,
  })
  if (decision.missed.size > 0)
    log('not believed yet: Marathon does not mention what is registered', {
      looks: Object.fromEntries(decision.missed),
    })
  memory.missed = decision.missed
  return decision
}

function tellAll({ tell, self, log }: Parts, { wanted, problems }: Seen, after: Registered): void {
  if (problems.join() !== tell.status.problems.join()) log('labels that cannot be followed', { problems })
  tell.say({
    ...tally(tell.status, after),
    consul: '',
    denied: false,
    slave: self.now().slaveId ?? '',
    wanted,
    problems,
    lastSuccess: Date.now(),
  })
}

function untilNext({ memory, tell, times }: Parts, { seen }: Seen, after: Registered): number {
  if (memory.missed.size > 0) return times.confirm
  const coming = [...seen].some(([id, { verdict }]) => verdict !== 'gone' && !after.has(id))
  return coming || !tell.status.attached ? times.pending : times.reconcile
}
