import type { Io } from './io.ts'
import type { FlagsOf, Option } from './options.ts'

/** A parsed command line. */
export interface Args<Flags = Readonly<Record<string, unknown>>> {
  readonly flags: Flags
  /** The words of the command itself: `FILE`. */
  readonly words: readonly string[]
  /** The words behind `--`. */
  readonly behind: readonly string[]
}

type Row = readonly [left: string, right: string]

interface Described<Options extends readonly Option[]> {
  readonly name: string
  /** One line for the list of commands, without a full stop. */
  readonly summary: string
  /** How it is written, behind `provision`. */
  readonly usage: string
  /** What else its help says: whole sentences. */
  readonly description?: string
  /** Its own commands, for one that has some. */
  readonly commands?: readonly Row[]
  /** Most words that it takes of its own; default none. */
  readonly words?: number
  /** Takes words behind `--`; the text is an example of it. `needed`: it takes nothing else. */
  readonly behind?: { readonly example: string; readonly needed: boolean }
  readonly options: Options
  readonly examples: readonly Row[]
  /** Exit codes and what they mean for this command. */
  readonly exits: readonly Row[]
}

/** One command. Its file describes it, and `run` imports what the work needs. */
export interface Command extends Described<readonly Option[]> {
  /** Does it, and gives the exit code. */
  run(args: Args, io: Io, all: readonly Command[]): Promise<number>
}

/** Defines a command: gives `run` the types of its flags. */
export const defineCommand = <const Options extends readonly Option[]>(
  command: Described<Options> & { run(args: Args<FlagsOf<Options>>, io: Io, all: readonly Command[]): Promise<number> },
): Command => command as unknown as Command

/** The exit codes that all commands share. */
export const EXIT = {
  mistake: ['3', 'there is a mistake in the command line, the inventory or a recipe'],
  unreachable: ['4', 'hosts could not be reached, and nothing worse happened'],
} as const satisfies Readonly<Record<string, Row>>
