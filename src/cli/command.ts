import type { Io } from './io.ts'
import type { FlagsOf, Option } from './options.ts'

/** A parsed command line. */
export interface Args<Flags = Readonly<Record<string, unknown>>> {
  readonly flags: Flags
  /** The command's own words: `FILE`. */
  readonly words: readonly string[]
  /** The words after `--`. */
  readonly behind: readonly string[]
}

type Row = readonly [left: string, right: string]

interface Described<Options extends readonly Option[]> {
  readonly name: string
  /** What other programs call it, for suggestions. */
  readonly elsewhere?: readonly string[]
  /** A one-line summary for the list of commands, without a full stop. */
  readonly summary: string
  /** The usage, without `provision`. */
  readonly usage: string
  /** Further help, in whole sentences. */
  readonly description?: string
  /** Its subcommands, if it has some. */
  readonly commands?: readonly Row[]
  /** The most words it accepts; default none. */
  readonly words?: number
  /** Accepts words after `--`, with an example. `needed`: it accepts nothing else. */
  readonly behind?: { readonly example: string; readonly needed: boolean }
  readonly options: Options
  readonly examples: readonly Row[]
  /** Exit codes and what they mean for this command. */
  readonly exits: readonly Row[]
}

/** One command. Its file describes it, and `run` imports what the work needs. */
export interface Command extends Described<readonly Option[]> {
  /** Runs the command, and returns the exit code. */
  run(args: Args, io: Io, all: readonly Command[]): Promise<number>
}

/** Defines a command, and types `run` by its flags. */
export const defineCommand = <const Options extends readonly Option[]>(
  command: Described<Options> & { run(args: Args<FlagsOf<Options>>, io: Io, all: readonly Command[]): Promise<number> },
): Command => command as unknown as Command

/** The exit codes that all commands share. */
export const EXIT = {
  mistake: ['3', 'there is a mistake in the command line, the inventory or a recipe'],
  unreachable: ['4', 'hosts could not be reached, and nothing worse happened'],
} as const satisfies Readonly<Record<string, Row>>
