import type { Health } from '../../model/health.ts'

/** One member of what is being rolled. */
export interface Member {
  readonly name: string
  /**
   * `todo` has steps and waits for its turn; `done` had its turn in this run; `other` has no steps, or is not part of
   * the run.
   */
  readonly turn: 'todo' | 'done' | 'other'
  readonly health: Health
}

/** The next member. `wait`: none may go yet, because these members are not green. */
export type Choice = { readonly next: string } | { readonly wait: readonly Member[] } | { readonly end: true }

const byName = (a: Member, b: Member): number => (a.name < b.name ? -1 : 1)

/**
 * Decides whose turn it is. Members that are certainly down come first: applying them can only help. Any other member
 * goes only if, counting it, at most `away` members are not green (1: every other must be); the leader goes last. Pure;
 * called again before each turn, because leadership moves.
 */
export function whoseTurn(members: readonly Member[], away = 1): Choice {
  const todo = members.filter((m) => m.turn === 'todo').sort(byName)
  const next = todo.find((m) => m.health.leads !== true) ?? todo[0]
  if (next === undefined) return { end: true }
  const red = members.filter((m) => !m.health.green)
  const first =
    todo.find((m) => m.health.down === true) ?? (red.length <= away ? todo.find((m) => !m.health.green) : undefined)
  if (first !== undefined) return { next: first.name }
  if (red.length >= away) return { wait: red }
  return { next: next.name }
}

/** Could these members become green with what is left? A quorum needs more than half of its members to serve at all. */
export const canServe = (green: number, members: number): boolean => green > members / 2
