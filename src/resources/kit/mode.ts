/** Who owns a file and who may do what with it, as recipes write it. */
export interface Access {
  /** Octal, e.g. `0644`. Default: what the type says. */
  readonly mode?: string
  /** A user's name; default root. */
  readonly owner?: string
  /** A group's name; default root. */
  readonly group?: string
}

/** The same with defaults filled in and the mode as four digits. */
export type FullAccess = Required<Access>

/**
 * Fills in the defaults of {@link Access}.
 * @throws TypeError where the mode is not octal or a name cannot be a user's or group's.
 */
export function access(what: string, { mode = '0644', owner = 'root', group = 'root' }: Access): FullAccess {
  if (!/^[0-7]{3,4}$/.test(mode)) throw new TypeError(`${what}: mode ${JSON.stringify(mode)} is not octal; write it like "0644"`)
  for (const [key, name] of Object.entries({ owner, group })) {
    if (!/^[a-z_][a-z0-9_.-]*\$?$/i.test(name)) throw new TypeError(`${what}: ${key} ${JSON.stringify(name)} is not a name`)
  }
  return { mode: mode.padStart(4, '0'), owner, group }
}

/** What differs, in words: "mode 0600 → 0644", "owner root:root → zookeeper:zookeeper". */
export function accessDifferences(wanted: FullAccess, is: FullAccess): readonly string[] {
  const who = (a: FullAccess): string => `${a.owner}:${a.group}`
  return [
    ...(who(wanted) === who(is) ? [] : [`owner ${who(is)} → ${who(wanted)}`]),
    ...(wanted.mode === is.mode ? [] : [`mode ${is.mode} → ${wanted.mode}`]),
  ]
}
