import type { Resource } from '../../../src/index.ts'
import type { Script } from '../../../src/shell/script.ts'

/** The folder of random recipes on a host. */
export const ROOM = '/srv/random'

/** Some related resources. */
export interface Part {
  readonly resources: readonly Resource[]
  /** The resources that remove them; default: the types' `absent`, in reverse order. */
  readonly gone: readonly Resource[]
  /** Manual changes to them. The next run must repair each; the change itself may fail. */
  readonly breaks: readonly Script[]
}

/** What a part is generated from. */
export interface Choice {
  /** A word that no other part has, of letters and digits. */
  readonly where: string
  /** A number that no other part has. */
  readonly number: number
  /** The recipe's place in its batch. */
  readonly place: number
  /** The recipe has no part of this kind before this one. */
  readonly first: boolean
  /** Picks an option, by the recipe's next number. */
  pick<const T extends readonly unknown[]>(...options: T): T[number]
}

export type Kind = (choice: Choice) => Part
