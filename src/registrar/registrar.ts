import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import { type Log, message } from './log.ts'
import type { StreamEvent } from './marathon/events.ts'
import { type Look, marathonAt } from './marathon/stream.ts'
import { marks } from './marks.ts'
import { schedule } from './schedule.ts'
import { identity } from './self.ts'
import { consulAt } from './services/consul.ts'
import { CONFIRMATIONS, type Decision, decide } from './services/decide.ts'
import { concerns, isRelevant, react, type StatusUpdate, statusUpdate } from './services/react.ts'
import { type Registration, taskOf } from './services/registration.ts'
import { isOwn, isTerminal, look, type Neighbours, neighbours } from './services/view.ts'
import { NOTHING_YET, type Status, writeStatus } from './status.ts'
import { TIMES, type Times } from './times.ts'

/** A registrar that runs. */
export interface Registrar {
  /** Ends it; what is registered stays. */
  stop(): Promise<void>
}

/** A secret of a file, read anew each time: it may be replaced while we run. */
const fromFile = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : readFileSync(path, 'utf8').trim()

/** A random part, at least a third: all slaves hear the same things at the same moment. */
const part = (ms: number): number => ms * (1 / 3 + (Math.random() * 2) / 3)

/** Work of which one thing is done after the other. */
function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}

/**
 * Starts to keep the local Consul agent's services as Marathon's tasks on this slave are. Never throws, never gives up.
 */
export function startRegistrar(config: Config, log: Log, standard: Times = TIMES): Registrar {
  const { reconcileSeconds, debounceMs } = config
  const times: Times = {
    ...standard,
    ...(reconcileSeconds === undefined ? {} : { reconcile: reconcileSeconds * 1000 }),
    ...(debounceMs === undefined ? {} : { debounce: debounceMs }),
  }
  const stopped = new AbortController()
  const { signal } = stopped
  const marathon = marathonAt(config.marathon, () => fromFile(config.credentials), times.marathon, times.silence)
  const consul = consulAt(config.consul, config.cluster, () => fromFile(config.consulToken), times.local)
  const self = identity(config, times, log)
  const next = schedule(signal)
  // What an event asks for must not be undone by a look that was decided before it.
  const alone = oneByOne()
  const killing = marks()
  const ended = marks()
  /** Who else there is, and tasks that are registered here, as of the last look. */
  let others: Neighbours = { apps: new Set(), foreign: new Set() }
  let known: ReadonlySet<string> = new Set()
  let doubted = 0
  let leader: string | undefined
  let looksOfLeader = CONFIRMATIONS
  let status = NOTHING_YET

  function say(change: Partial<Status>): void {
    status = { ...status, ...change, time: Date.now() }
    try {
      writeStatus(config.status, status)
    } catch (error) {
      log('status not written', { why: message(error) })
    }
  }

  function tally(
    owned: ReadonlyMap<string, Registration>,
  ): Pick<Status, 'serving' | 'draining' | 'services' | 'changed'> {
    const all = [...owned.values()]
    const draining = all.filter(({ meta }) => meta.state === 'draining').length
    const services = [...new Set(all.map(({ name }) => name))].sort()
    const counts = { serving: owned.size - draining, draining, services }
    const same = Object.entries(counts).every(
      ([key, value]) => String(status[key as keyof typeof counts]) === String(value),
    )
    return { ...counts, changed: same ? status.changed : Date.now() }
  }

  /** Gives what is registered afterwards. */
  async function carryOut(
    { deregister, register }: Pick<Decision, 'deregister' | 'register'>,
    owned: ReadonlyMap<string, Registration>,
  ): Promise<ReadonlyMap<string, Registration>> {
    const after = new Map(owned)
    // first what goes: its port may be that of one that comes
    for (const id of deregister) {
      await consul.deregister(id, signal)
      after.delete(id)
      log('deregistered', { id })
    }
    for (const each of register) {
      await consul.register(each, signal)
      after.set(each.id, each)
      log('registered', { id: each.id, service: each.name, port: each.port, state: each.meta.state })
    }
    return after
  }

  /** Asks Marathon and does what follows from its answer. Gives the milliseconds to the next look. */
  async function lookOnce(): Promise<number> {
    const began = performance.now()
    let answer: Look
    try {
      answer = await marathon.apps(signal)
    } catch (error) {
      doubted = 0
      if (signal.aborted) return 0
      if (status.marathon === '' || status.marathon === NOTHING_YET.marathon)
        log('frozen: Marathon cannot be asked', { why: message(error) })
      say({ marathon: message(error) })
      return part(times.backoff)
    }
    if (status.marathon !== '') {
      log('Marathon answers', { leader: answer.leader })
      say({ marathon: '' })
    }
    await self.learn(answer.apps, signal)
    return alone(() => follow(answer, began))
  }

  async function follow({ apps, leader: leads }: Look, began: number): Promise<number> {
    const owned = await consul.owned(signal)
    if (leader !== undefined && leads !== leader) looksOfLeader = 0
    leader = leads
    looksOfLeader++
    const listed = new Set(apps.flatMap((app) => app.tasks.map(({ id }) => id)))
    for (const each of [killing, ended]) each.keep(listed, began)
    others = neighbours(apps, self.now())
    const { seen, problems } = look(apps, self.now())
    const decision = decide({
      seen,
      owned,
      killing: killing.tasks,
      ended: ended.tasks,
      newLeader: looksOfLeader < CONFIRMATIONS,
      doubted,
    })
    if (decision.doubted > 0)
      log('not believed yet: Marathon mentions no task of what is registered', { looks: decision.doubted })
    doubted = decision.doubted
    const after = await carryOut(decision, owned)
    known = new Set([...after.values()].map(taskOf))
    if (problems.join() !== status.problems.join()) log('labels that cannot be followed', { problems })
    say({ ...tally(after), consul: '', slave: self.now().slaveId ?? '', problems, lastSuccess: Date.now() })
    if (doubted > 0) return times.confirm
    const coming = [...seen].some(([id, { verdict }]) => verdict !== 'gone' && !after.has(id))
    return coming || !status.attached ? times.pending : times.reconcile
  }

  async function looks(): Promise<void> {
    for (await next.due(); !signal.aborted; await next.due()) {
      try {
        next.poke(await lookOnce())
      } catch (error) {
        if (signal.aborted) return
        if (status.consul === '') log('the Consul agent cannot be asked', { why: message(error) })
        say({ consul: message(error) })
        next.poke(part(times.backoff))
      }
    }
  }

  /** The fast path: what an event makes certain is not left to the next look. */
  async function atOnce(update: StatusUpdate): Promise<void> {
    if (!known.has(update.taskId) && self.now().slaveId !== undefined && !isOwn(self.now(), update)) return
    if (update.taskStatus === 'TASK_KILLING') killing.add(update.taskId)
    if (isTerminal(update.taskStatus)) ended.add(update.taskId)
    try {
      await alone(async () => {
        const owned = await consul.owned(signal)
        if (!concerns(self.now(), owned, update)) return
        const reaction = react(update, owned)
        // also those whose port now is another's: the list may still call them running
        for (const id of reaction.deregister) ended.add(taskOf(owned.get(id) as Registration))
        say(tally(await carryOut(reaction, owned)))
      })
    } catch (error) {
      if (signal.aborted) return
      log('an event could not be followed at once', {
        task: update.taskId,
        status: update.taskStatus,
        why: message(error),
      })
      next.poke(part(times.backoff))
    }
  }

  function on(event: StreamEvent): void {
    const update = event.event === 'status_update_event' ? statusUpdate(event.data) : undefined
    if (update !== undefined) void atOnce(update)
    if (isRelevant(event, self.now(), others)) next.poke(part(times.debounce))
  }

  async function events(): Promise<void> {
    while (!signal.aborted) {
      try {
        const attached = (to: string): void => {
          log('attached', { to })
          say({ attached: true })
          next.poke(0)
        }
        await marathon.events(signal, attached, on)
      } catch (error) {
        if (signal.aborted) return
        const { attached } = status
        if (attached) log('events lost', { why: message(error) })
        say({ attached: false })
        next.poke(times.pending)
        await sleep(part(attached ? times.backoff / 4 : times.backoff), undefined, { signal }).catch(() => undefined)
      }
    }
  }

  say({})
  const all = Promise.all([looks(), events()])
  return {
    async stop() {
      stopped.abort()
      await all
      await alone(async () => undefined)
    },
  }
}
