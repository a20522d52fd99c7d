import { inState, type Registration, same, taskOf } from './registration.ts'
import type { Seen } from './view.ts'

/** How many consecutive looks must agree before a suspicious change is believed. */
export const CONFIRMATIONS = 3

/** Everything that is known at one moment. */
export interface Situation {
  /** What Marathon says, by service ID. */
  readonly seen: ReadonlyMap<string, Seen>
  /** What is registered, by service ID. */
  readonly owned: ReadonlyMap<string, Registration>
  /** Tasks for which an event said TASK_KILLING, which is irreversible. */
  readonly killing: ReadonlySet<string>
  /** Tasks that have ended according to an event. */
  readonly ended: ReadonlySet<string>
  /** Another Marathon has become the leader since the last looks. */
  readonly newLeader: boolean
  /** How many previous looks asked for a removal that was not believed. */
  readonly doubted: number
}

/** What to do, in this order, and how many looks have now asked for something that is not believed yet. */
export interface Decision {
  readonly deregister: readonly string[]
  readonly register: readonly Registration[]
  readonly doubted: number
}

/**
 * The evidence against a task: it has ended, or a newer one has one of its ports. Two running tasks on a host never
 * share a port.
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

/** How to register a task that is not over; undefined: not at all; `as it is`: there is no evidence either way. */
function wanted(
  { verdict, registration, old, task }: Seen,
  is: Registration | undefined,
  killing: ReadonlySet<string>,
): Registration | 'as it is' | undefined {
  if (killing.has(task) || verdict === 'killing' || verdict === 'failing')
    return is === undefined ? undefined : inState(is, 'draining')
  if (verdict === 'unknown') return is === undefined ? undefined : 'as it is'
  // The labels of the new definition (such as another path for the health check) must not remove an old task too early.
  return old && is !== undefined ? inState(is, 'serving') : registration
}

/**
 * Decides what to do. Some removals are certain: the task has ended, or its port belongs to another. Removals that
 * merely follow from a task's absence in an answer need {@link CONFIRMATIONS} looks that agree, if they would leave an
 * app no task, or if the Marathon that does not mention the task has just become the leader.
 */
export function decide(situation: Situation): Decision {
  const { seen, owned, killing, newLeader } = situation
  const over = isOver(situation)
  const stays = [...seen].flatMap(([id, each]) => {
    const want = over(each) ? undefined : wanted(each, owned.get(id), killing)
    return want === undefined ? [] : [{ id, name: each.registration.name, want, is: owned.get(id) }]
  })
  const leaves = [...owned].filter(([id]) => !stays.some((each) => each.id === id))
  const [certain, missing] = partition(leaves, ([id, is]) =>
    // of a task that Marathon does not mention, only its port is known, and that it is older
    over(seen.get(id) ?? { task: taskOf(is), verdict: 'unknown', ports: [is.port], since: 0 }),
  )
  const left = new Set(stays.map(({ name }) => name))
  const doubtful = missing.some(([, { name }]) => newLeader || !left.has(name))
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
