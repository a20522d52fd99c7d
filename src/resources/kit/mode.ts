import * as v from 'valibot'
import { mustBe } from '../../lib/check/kinds.ts'
import type { Change } from '../../model/resource.ts'

/** A file's owner, group and mode. */
export interface FullAccess {
  /** Four octal digits. */
  readonly mode: string
  readonly owner: string
  readonly group: string
}

const notOctal = mustBe('octal digits in quotes, like "0644"')

/** A file's mode, as four octal digits. */
export const mode = v.pipe(
  v.string(notOctal),
  v.regex(/^[0-7]{3,4}$/, notOctal),
  v.transform((digits) => digits.padStart(4, '0')),
)

/** The name of a user or group, which may exist already or come from another resource. */
export const nameOf = (whose: 'user' | 'group') =>
  v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_.-]*\$?$/i, `the name of a ${whose}`))

/** The owner and the group of a file, as schemas. */
export const owners = {
  owner: v.optional(v.pipe(nameOf('user'), v.description("A user's name.")), 'root'),
  group: v.optional(v.pipe(nameOf('group'), v.description("A group's name.")), 'root'),
}

/** The differences in owner, group and mode. */
export function accessDifferences(wanted: FullAccess, is: FullAccess): readonly Change[] {
  const who = (a: FullAccess): string => `${a.owner}:${a.group}`
  return [
    ...(who(wanted) === who(is)
      ? []
      : [{ action: 'update' as const, attribute: 'owner', from: who(is), to: who(wanted) }]),
    ...(wanted.mode === is.mode
      ? []
      : [{ action: 'update' as const, attribute: 'mode', from: is.mode, to: wanted.mode }]),
  ]
}

/**
 * May everybody on the host read it? If not, what it has and is not wanted may be a secret that was taken out of the
 * inventory, so it is not shown.
 */
export const isPublic = ({ mode }: Pick<FullAccess, 'mode'>): boolean => (Number.parseInt(mode, 8) & 0o004) !== 0
