import { inState, type Registration, same, taskOf } from './registration.ts'
import type { Seen } from './view.ts'

/** Looks that must agree, one after the other, before what looks suspicious is believed. */
export const CONFIRMATIONS = 3

/** All that is known at one moment. */
export interface Situation {
  /** What Marathon says, by service ID. */
  readonly seen: ReadonlyMap<string, Seen>
  /** What is registered, by service ID. */
  readonly owned: ReadonlyMap<string, Registration>
  /** Tasks that an event called TASK_KILLING; there is no way back from there. */
  readonly killing: ReadonlySet<string>
  /** Tasks that an event called ended. */
  readonly ended: ReadonlySet<string>
  /** Another Marathon has begun to lead since the last looks. */
  readonly newLeader: boolean
  /** How many looks before this one asked for a removal that was not believed. */
  readonly doubted: number
}

/** What is to be done, in this order, and how many looks have now asked for what is not believed yet. */
export interface Decision {
  readonly deregister: readonly string[]
  readonly register: readonly Registration[]
  readonly doubted: number
}

/**
 * What is known against a task: it has ended, or a newer one has a port of its. Two that run on one host never share
 * one.
 */
function isOver({ seen, ended }: Situation): (one: Pick<Seen, 'task' | 'verdict' | 'ports' | 'since'>) => boolean {
  const over = ({ task, verdict }: Pick<Seen, 'task' | 'verdict'>): boolean => verdict === 'gone' || ended.has(task)
  const running = [...seen.values()].filter((each) => !over(each))
  return (one) =>
    over(one) ||
    running.some(
      ({ task, ports, since }) =>
        task !== one.task && since > one.since && ports.some((port) => one.ports.includes(port)),
    )
}

/**
 * What a task that is not over should be registered as; undefined: not at all; `as it is`: nothing is known for or
 * against it.
 */
function wanted(
  { verdict, registration, old, task }: Seen,
  is: Registration | undefined,
  killing: ReadonlySet<string>,
): Registration | 'as it is' | undefined {
  if (killing.has(task) || verdict === 'killing' || verdict === 'failing')
    return is === undefined ? undefined : inState(is, 'draining')
  if (verdict === 'unknown') return is === undefined ? undefined : 'as it is'
  // The labels of the definition that replaces it (another path for the health check) must not take an old task out
  // before its time.
  return old && is !== undefined ? inState(is, 'serving') : registration
}

/**
 * What to do about it. Some removals are certain: the task has ended, or its port belongs to another. Those that only
 * follow from a task not being mentioned wait for {@link CONFIRMATIONS} looks that agree, where they would leave
 * nothing or where the one who does not mention it has just begun to lead.
 */
export function decide(situation: Situation): Decision {
  const { seen, owned, killing, newLeader } = situation
  const over = isOver(situation)
  const stays = [...seen].flatMap(([id, each]) => {
    const want = over(each) ? undefined : wanted(each, owned.get(id), killing)
    return want === undefined ? [] : [{ id, want, is: owned.get(id) }]
  })
  const leaves = [...owned].filter(([id]) => !stays.some((each) => each.id === id))
  const [certain, missing] = partition(leaves, ([id, is]) =>
    // of one that Marathon does not mention only its port is known, and that it is older
    over(seen.get(id) ?? { task: taskOf(is), verdict: 'unknown', ports: [is.port], since: 0 }),
  )
  const doubtful = missing.length > 0 && (newLeader || stays.length === 0)
  const doubted = doubtful ? situation.doubted + 1 : 0
  const believed = !doubtful || doubted >= CONFIRMATIONS
  return {
    deregister: [...certain, ...(believed ? missing : [])].map(([id]) => id),
    register: stays.flatMap(({ want, is }) =>
      want === 'as it is' || (is !== undefined && same(is, want)) ? [] : [want],
    ),
    doubted: believed ? 0 : doubted,
  }
}

function partition<T>(all: readonly T[], yes: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(yes), all.filter((one) => !yes(one))]
}
