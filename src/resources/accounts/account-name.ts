import * as v from 'valibot'

/** The names of users and groups that Debian's own tools accept. */
const NAME = /^[a-z_][a-z0-9_.-]*$/

const LONGEST = 32

/** What is wrong with the name of a user or group, if anything is. */
export function nameFault(name: string): string | undefined {
  if (name.length > LONGEST) return `a name has at most ${LONGEST} characters, and this one has ${name.length}`
  return NAME.test(name)
    ? undefined
    : 'a name consists of lower-case letters, digits, "_", "-" and ".", and begins with a letter or "_"'
}

/** The name of a user or group, as a property. */
export const accountName = (of: 'user' | 'group') =>
  v.pipe(
    v.string(),
    v.check((name) => nameFault(name) === undefined, `the name of a ${of}`),
  )

/** The numeric ID of a user or group. */
export const accountNumber = () =>
  v.pipe(
    v.number(),
    v.integer(),
    v.minValue(0),
    v.maxValue(4_294_967_294),
    // -1 in 16 bits: systemd runs no service as it
    v.notValue(65_535, 'must be another number than 65535, which the system takes for none, not 65535'),
  )

/** The files in which the host keeps its users and groups. */
export const ACCOUNT_FILES = ['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow'] as const
