import { inState, type Registration, same, taskOf } from './registration.ts'
import type { Seen } from './view.ts'

/** How many consecutive looks must agree before a task's absence from Marathon's answer is believed. */
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
  /** How many looks in a row, before this one, lacked a task that is registered, by service ID. */
  readonly missed: ReadonlyMap<string, number>
}

/** What to do, in this order, and how many looks in a row have now lacked a task without being believed. */
export interface Decision {
  readonly deregister: readonly string[]
  readonly register: readonly Registration[]
  readonly missed: ReadonlyMap<string, number>
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
 * merely follow from a task's absence in an answer need {@link CONFIRMATIONS} looks that agree.
 */
export function decide(situation: Situation): Decision {
  const { seen, owned, killing } = situation
  const over = isOver(situation)
  const stays = [...seen].flatMap(([id, each]) => {
    const want = over(each) ? undefined : wanted(each, owned.get(id), killing)
    return want === undefined ? [] : [{ id, want, is: owned.get(id) }]
  })
  const leaves = [...owned].filter(([id]) => !stays.some((each) => each.id === id))
  const [certain, missing] = partition(leaves, ([id, is]) =>
    // of a task that Marathon does not mention, only its port is known, and that it is older
    over(seen.get(id) ?? { task: taskOf(is), verdict: 'unknown', ports: [is.port], since: 0 }),
  )
  const looks = missing.map(([id]) => [id, (situation.missed.get(id) ?? 0) + 1] as const)
  const [believed, missed] = partition(looks, ([, count]) => count >= CONFIRMATIONS)
  return {
    deregister: [...certain, ...believed].map(([id]) => id),
    register: stays.flatMap(({ want, is }) =>
      want === 'as it is' || (is !== undefined && same(is, want)) ? [] : [want],
    ),
    missed: new Map(missed),
  }
}

function partition<T>(all: readonly T[], yes: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(yes), all.filter((one) => !yes(one))]
}
