/** A flag that a program knows. */
export interface Flag {
  readonly name: string
  /** It is on or off; any other takes a value. */
  readonly boolean: boolean
}

/** The flags of a program: those it knows, and old names with the new ones. */
export interface FlagTable {
  readonly flags: ReadonlyMap<string, Flag>
  readonly renamed: ReadonlyMap<string, string>
}

/** Reads a table: one flag a line, `?` after one that is on or off, then its old names. */
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
