import type { Resource } from '../../../src/index.ts'
import type { Script } from '../../../src/shell/script.ts'

/** Where everything of random recipes lies on a host. */
export const ROOM = '/srv/random'

/** Some resources that belong together. */
export interface Part {
  readonly resources: readonly Resource[]
  /** The same, taken away; default: what the type's `absent` is, in reverse. */
  readonly gone: readonly Resource[]
  /** What somebody could do to them by hand. Each must be mended by the next run, and may fail. */
  readonly breaks: readonly Script[]
}

/** What a part is made of. */
export interface Choice {
  /** A word that no other part has, of letters and digits. */
  readonly where: string
  /** A number that no other part has. */
  readonly number: number
  /** One of these, by the recipe's next number. */
  pick<const T extends readonly unknown[]>(...options: T): T[number]
}

export type Kind = (choice: Choice) => Part
