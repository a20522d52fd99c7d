import type { Effect } from './effect.ts'
import type { Instance } from './instance.ts'
import type { Call } from './mesos.ts'
import { iso } from './time.ts'
import type { World } from './world.ts'

/** What is still to be worked off in this turn, in order. */
export type Todo =
  | { readonly todo: 'schedule'; readonly app: string; readonly version: string; readonly count: number }
  | { readonly todo: 'decommission'; readonly id: string }
  | { readonly todo: 'changed'; readonly instance: Instance; readonly before: Instance | undefined }
  | { readonly todo: 'healthy'; readonly instance: string; readonly healthy: boolean | null }
  | { readonly todo: 'ready'; readonly instance: string }
  | { readonly todo: 'scale'; readonly app: string }
  | { readonly todo: 'advance'; readonly deployment: string }

/**
 * One step of the machine while it is being taken: the world moves, effects gather. Nobody outside of `step` sees it.
 */
export interface Turn {
  world: World
  readonly now: number
  readonly out: Effect[]
  readonly todo: Todo[]
}

export const update = (turn: Turn, change: Partial<World>): void => {
  turn.world = { ...turn.world, ...change }
}

/** Puts one entry of a record of the world. */
export const put = <K extends keyof World>(turn: Turn, field: K, key: string, value: unknown): void =>
  update(turn, { [field]: { ...(turn.world[field] as object), [key]: value } } as Partial<World>)

/** Takes entries out of a record of the world. */
export const drop = <K extends keyof World>(turn: Turn, field: K, ...keys: readonly string[]): void => {
  const there = turn.world[field] as Readonly<Record<string, unknown>>
  if (!keys.some((key) => key in there)) return
  update(turn, {
    [field]: Object.fromEntries(Object.entries(there).filter(([key]) => !keys.includes(key))),
  } as Partial<World>)
}

/** Emits an event; its time is added where Marathon adds it, at the end. */
export const emit = (turn: Turn, eventType: string, fields: Readonly<Record<string, unknown>> = {}): void => {
  turn.out.push({ do: 'event', event: { ...fields, eventType, timestamp: iso(turn.now) } })
}

export const call = (turn: Turn, what: Call, after?: number): void => {
  turn.out.push({ do: 'call', call: what, ...(after !== undefined && { after }) })
}

export const log = (turn: Turn, line: string): void => {
  turn.out.push({ do: 'log', line })
}

/** The next serial number, for ids. */
export const serial = (turn: Turn): number => {
  update(turn, { serial: turn.world.serial + 1 })
  return turn.world.serial
}
