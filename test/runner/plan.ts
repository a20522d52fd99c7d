import type { Kind, Suite } from './suites.ts'

/** What is known of how long files take: seconds by name. */
export type Durations = Readonly<Record<string, number>>

const ORDER: readonly Kind[] = ['plain', 'parts', 'hosts', 'long']

/**
 * What a file is taken for of which no duration is known. One with hosts is taken for a long one: it is begun early, and
 * does not hold up the end of a run.
 */
const UNKNOWN: Readonly<Record<Kind, number>> = { plain: 1, parts: 5, hosts: 120, long: 300 }

const seconds = (suite: Suite, known: Durations): number => known[suite.name] ?? UNKNOWN[suite.kind]

/** A file that ends within so many seconds is soon something to see. */
const QUICK = 10

/**
 * The order in which files are begun: what needs least first, and of that the quick ones, the shortest first, so that
 * there is much to see soon; of the rest the longest, so that at the end no lane is left alone with one.
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

/** How many files of a kind run side by side. */
export type Lanes = Readonly<Record<Kind, number>>

/**
 * The lanes of this machine: a file without hosts keeps a core busy; one with hosts waits for most of its time, so that
 * those run beside the others, in lanes of their own; a long one, which puts a cluster under load, has the machine to
 * itself.
 */
export function lanesFor(cores: number, memoryGiB: number): Lanes {
  const hosts = Math.max(1, Math.min(cores * 2, Math.floor(memoryGiB / 3)))
  return { plain: Math.max(2, cores), parts: Math.max(2, cores), hosts, long: 1 }
}

/** Do two kinds of files share lanes? */
const shareLanes = (a: Kind, b: Kind): boolean => a === 'long' || b === 'long' || (a === 'hosts') === (b === 'hosts')

/** How much the files take of the lanes that a kind has: 1 is all of them. */
const taken = (kind: Kind, running: readonly Suite[], lanes: Lanes): number =>
  running.filter((suite) => shareLanes(kind, suite.kind)).reduce((sum, suite) => sum + 1 / lanes[suite.kind], 0)

/** May this one begin beside those that run? */
export const fits = (next: Suite, running: readonly Suite[], lanes: Lanes): boolean => {
  const others = taken(next.kind, running, lanes)
  return others === 0 || others + 1 / lanes[next.kind] <= 1.001
}

/** Where a run is: what is done with how long it took, what runs with how long it has run, what waits. */
export interface Position {
  readonly done: readonly { readonly suite: Suite; readonly seconds: number }[]
  readonly running: readonly { readonly suite: Suite; readonly seconds: number }[]
  readonly waiting: readonly Suite[]
}

/**
 * The seconds that are left: what is known of the files, shared by their lanes, on a machine as fast as this one has
 * shown to be.
 */
export function secondsLeft({ done, running, waiting }: Position, known: Durations, lanes: Lanes): number {
  const expected = done.reduce((sum, { suite }) => sum + seconds(suite, known), 0)
  const took = done.reduce((sum, each) => sum + each.seconds, 0)
  const pace = expected > 20 ? Math.min(Math.max(took / expected, 0.2), 5) : 1
  const left = [
    ...running.map(({ suite, seconds: since }) => ({ suite, left: Math.max(pace * seconds(suite, known) - since, 1) })),
    ...waiting.map((suite) => ({ suite, left: pace * seconds(suite, known) })),
  ]
  const shared = (kinds: readonly Kind[]): number =>
    left
      .filter(({ suite }) => kinds.includes(suite.kind))
      .reduce((sum, each) => sum + each.left / lanes[each.suite.kind], 0)
  const together = Math.max(shared(['plain', 'parts']), shared(['hosts']))
  return Math.max(together + shared(['long']), ...left.map((each) => each.left), 0)
}

/** A time as people say it: `40 s`, `3 min`. */
export const spoken = (time: number): string =>
  time < 90 ? `${Math.ceil(time / 5) * 5} s` : `${Math.round(time / 60)} min`
