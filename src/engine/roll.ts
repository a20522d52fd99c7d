import type { Health } from './recipe.ts'

/** One member of a quorum that is being rolled. */
export interface Member {
  readonly name: string
  /** What its turn is about: `todo` has steps and waits for its turn; `done` had its turn in this run; `other` has no steps, or is not part of the run. */
  readonly turn: 'todo' | 'done' | 'other'
  readonly health: Health
}

/** Whose turn it is. `wait`: nobody's yet; these members are not green. */
export type Turn = { readonly next: string } | { readonly wait: readonly Member[] } | { readonly end: true }

const byName = (a: Member, b: Member): number => (a.name < b.name ? -1 : 1)

/**
 * Decides whose turn it is. Members that are certainly down come first: to apply them can only mend. Any other is touched only while every
 * other member is green; the one that leads is touched last. Pure; asked again before each turn, because leaders move.
 */
export function whoseTurn(members: readonly Member[]): Turn {
  const todo = members.filter((m) => m.turn === 'todo').sort(byName)
  if (todo.length === 0) return { end: true }
  const red = members.filter((m) => !m.health.green)
  const first = todo.find((m) => m.health.down === true) ?? (red.length === 1 ? todo.find((m) => m === red[0]) : undefined)
  if (first !== undefined) return { next: first.name }
  if (red.length > 0) return { wait: red }
  return { next: ((todo.find((m) => m.health.leads !== true) ?? todo[0]) as Member).name }
}

/** Can these members be green together with what is left? A quorum needs more than half of its members to serve at all. */
export const canServe = (green: number, members: number): boolean => green > members / 2
