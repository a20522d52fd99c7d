/** A flag of a program. */
export interface Flag {
  readonly name: string
  /** A switch; other flags have a value. */
  readonly boolean: boolean
}

/** The flags of a program, and the new names of renamed ones. */
export interface FlagTable {
  readonly flags: ReadonlyMap<string, Flag>
  readonly renamed: ReadonlyMap<string, string>
}

/** Parses a table: one flag per line, with `?` after a switch, followed by its old names. */
export function flagTable(text: string): FlagTable {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  const known = lines.map(([word = '', ...old]) => ({ name: word.replace('?', ''), boolean: word.endsWith('?'), old }))
  return {
    flags: new Map(known.map(({ name, boolean }) => [name, { name, boolean }])),
    renamed: new Map(known.flatMap(({ name, old }) => old.map((each) => [each, name]))),
  }
}
