import { setTimeout as sleep } from 'node:timers/promises'
import { message } from '../lib/message.ts'
import { carryOut } from './carry-out.ts'
import type { StreamEvent } from './marathon/events.ts'
import type { Parts } from './parts.ts'
import { concerns, isRelevant, react, type StatusUpdate, statusUpdate } from './services/react.ts'
import { taskOf } from './services/registration.ts'
import { isOwn, isTerminal } from './services/view.ts'
import { tally } from './status.ts'
import { part } from './times.ts'

/** Stays attached to the leader's events until the registrar stops. */
export async function followEvents(it: Parts): Promise<void> {
  const { marathon, signal, log, tell, next, times } = it
  const attached = (to: string): void => {
    log('attached', { to })
    tell.say({ attached: true })
    next.poke(0)
  }
  while (!signal.aborted) {
    try {
      await marathon.events(signal, attached, (event) => on(it, event))
    } catch (error) {
      if (signal.aborted) return
      const { attached } = tell.status
      if (attached) log('events lost', { why: message(error) })
      tell.say({ attached: false })
      next.poke(times.pending)
      await sleep(part(attached ? times.backoff / 4 : times.backoff), undefined, { signal }).catch(() => undefined)
    }
  }
}

function on(it: Parts, event: StreamEvent): void {
  const update = event.event === 'status_update_event' ? statusUpdate(event.data) : undefined
  if (update !== undefined) void atOnce(it, update)
  if (isRelevant(event, it.self.now(), it.memory.others)) it.next.poke(part(it.times.debounce))
}

/** The fast path: acts on what an event makes certain, without waiting for the next look. */
async function atOnce(it: Parts, update: StatusUpdate): Promise<void> {
  const { self, memory, killing, ended, signal, log, next, times } = it
  const { taskId: task, taskStatus: status } = update
  if (!memory.known.has(task) && self.now().slaveId !== undefined && !isOwn(self.now(), update)) return
  if (status === 'TASK_KILLING') killing.add(task)
  if (isTerminal(status)) ended.add(task)
  try {
    await it.alone(() => reactTo(it, update))
  } catch (error) {
    if (signal.aborted) return
    log('an event could not be followed at once', { task, status, why: message(error) })
    next.poke(part(times.backoff))
  }
}

async function reactTo(it: Parts, update: StatusUpdate): Promise<void> {
  const owned = await it.consul.owned(it.signal)
  if (!concerns(it.self.now(), owned, update)) return
  const reaction = react(update, owned)
  // including those whose port now belongs to another task: Marathon's list may still call them running
  for (const id of reaction.deregister) {
    const registration = owned.get(id)
    if (registration !== undefined) it.ended.add(taskOf(registration))
  }
  const after = await carryOut(it, reaction, owned)
  it.tell.say(tally(it.tell.status, after))
}
