import type { Kind, Suite } from './suites.ts'

/** How long files took: seconds by name. */
export type Durations = Readonly<Record<string, number>>

const ORDER: readonly Kind[] = ['plain', 'parts', 'hosts', 'long']

/**
 * The assumed duration of an unknown file. A file with hosts counts as long, so that it starts early and does not delay
 * the end.
 */
const UNKNOWN: Readonly<Record<Kind, number>> = { plain: 1, parts: 5, hosts: 120, long: 300 }

const seconds = (suite: Suite, known: Durations): number => known[suite.name] ?? UNKNOWN[suite.kind]

/** A file that takes at most this many seconds produces results soon. */
const QUICK = 10

/**
 * The order in which files start: those that need least first. Among these, the quick ones first, shortest first, so
 * that results appear soon; then the others, longest first, so that no lane is left alone with a long one at the end.
 */
export const inOrder = (suites: readonly Suite[], known: Durations): Suite[] =>
  suites.toSorted((a, b) => {
    const [x, y] = [seconds(a, known), seconds(b, known)]
    const plain = a.kind === 'plain'
    const quick = (time: number): boolean => plain && time < QUICK
    return (
      ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || Number(quick(y)) - Number(quick(x)) || (quick(x) ? x - y : y - x)
    )
  })

/** How many files of a kind run at once. */
export type Lanes = Readonly<Record<Kind, number>>

/**
 * This machine's lanes. A file without hosts keeps a core busy. A file with hosts mostly waits, so these have lanes of
 * their own. A long file, which puts a cluster under load, runs alone.
 */
export function lanesFor(cores: number, memoryGiB: number): Lanes {
  const hosts = Math.max(1, Math.min(cores * 2, Math.floor(memoryGiB / 3)))
  return { plain: Math.max(2, cores), parts: Math.max(2, cores), hosts, long: 1 }
}

/** Do two kinds of files share lanes? */
const shareLanes = (a: Kind, b: Kind): boolean => a === 'long' || b === 'long' || (a === 'hosts') === (b === 'hosts')

/** The used share of a kind's lanes: 1 is all of them. */
const taken = (kind: Kind, running: readonly Suite[], lanes: Lanes): number =>
  running.filter((suite) => shareLanes(kind, suite.kind)).reduce((sum, suite) => sum + 1 / lanes[suite.kind], 0)

/** May this file start beside the running ones? */
export const fits = (next: Suite, running: readonly Suite[], lanes: Lanes): boolean => {
  const others = taken(next.kind, running, lanes)
  return others === 0 || others + 1 / lanes[next.kind] <= 1.001
}

/** The state of a run: finished files with their durations, running ones with their times so far, and waiting ones. */
export interface Position {
  readonly done: readonly { readonly suite: Suite; readonly seconds: number }[]
  readonly running: readonly { readonly suite: Suite; readonly seconds: number }[]
  readonly waiting: readonly Suite[]
}

/** How fast this machine has run files of this kind so far, compared with the known durations. */
function paceOf(kind: Kind, { done }: Position, known: Durations): number {
  const own = done.filter(({ suite }) => suite.kind === kind)
  const expected = own.reduce((sum, { suite }) => sum + seconds(suite, known), 0)
  const took = own.reduce((sum, each) => sum + each.seconds, 0)
  return expected > 20 ? Math.min(Math.max(took / expected, 0.2), 5) : 1
}

/**
 * The estimated seconds left: the known durations, divided among the lanes, scaled by this machine's speed so far. Each
 * kind has its own: quick files that start beside the first hosts take many times as long as alone, hosts do not.
 */
export function secondsLeft(position: Position, known: Durations, lanes: Lanes): number {
  const { running, waiting } = position
  const pace = Object.fromEntries(ORDER.map((kind) => [kind, paceOf(kind, position, known)]))
  const whole = (suite: Suite): number => (pace[suite.kind] ?? 1) * seconds(suite, known)
  const left = [
    ...running.map(({ suite, seconds: since }) => ({ suite, left: Math.max(whole(suite) - since, 1) })),
    ...waiting.map((suite) => ({ suite, left: whole(suite) })),
  ]
  const shared = (kinds: readonly Kind[]): number =>
    left
      .filter(({ suite }) => kinds.includes(suite.kind))
      .reduce((sum, each) => sum + each.left / lanes[each.suite.kind], 0)
  const together = Math.max(shared(['plain', 'parts']), shared(['hosts']))
  return Math.max(together + shared(['long']), ...left.map((each) => each.left), 0)
}

/** A duration for people: `40 s`, `3 min`. */
export const spoken = (time: number): string =>
  time < 90 ? `${Math.ceil(time / 5) * 5} s` : `${Math.round(time / 60)} min`
