import * as v from 'valibot'
import { mustBe } from '../../lib/check/kinds.ts'
import { isPublicKey } from '../../lib/check/public-key.ts'
import type { Wrong } from '../../model/define-resource.ts'
import { absolutePath } from '../kit/path.ts'
import { ensure, hostPath } from '../kit/properties.ts'
import { accountName, accountNumber, nameFault } from './account-name.ts'

/** A key in a line of authorized_keys, behind its options. */
const PUBLIC_KEY = /(?<=^|\s)((?:ssh-|ecdsa-|sk-)\S+)[ \t]+(AAAA\S+)/g
const hasKey = (line: string): boolean =>
  [...line.matchAll(PUBLIC_KEY)].some(([, type = '', base64 = '']) => isPublicKey(type, base64))

/** A path that /etc/passwd can hold. */
const accountPath = v.pipe(hostPath, v.regex(/^[^:]*$/, 'a path without a colon'))

/** The properties of a user. Omitted ones stay as they are; a new user gets the system's defaults for them. */
export const userProperties = v.object({
  uid: v.optional(
    v.pipe(
      accountNumber(),
      v.description(
        'The numeric id; no two may state the same. Default: the next one that is free and that no other resource of the host states.',
      ),
    ),
  ),
  group: v.optional(
    v.pipe(accountName('group'), v.description("The primary group. Default: a group with the user's name.")),
  ),
  groups: v.optional(
    v.pipe(
      v.array(accountName('group')),
      v.description('Supplementary groups. Others are kept unless `exactGroups` is set.'),
    ),
    [],
  ),
  exactGroups: v.optional(
    v.pipe(v.boolean(), v.description('Remove the user from all other supplementary groups.')),
    false,
  ),
  home: v.optional(
    v.pipe(accountPath, v.description('The home directory. If it changes, the content of the old one is not moved.')),
  ),
  createHome: v.optional(
    v.pipe(v.boolean(), v.description('Create the home directory. Default: true, but false for a system user.')),
  ),
  shell: v.optional(v.pipe(accountPath, v.description('The login shell. It must exist on the host.'))),
  comment: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^:,\x00-\x1f\x7f]*$/, 'a text without colon, comma, tab and line break'),
      v.description("The user's full name."),
    ),
  ),
  system: v.optional(v.pipe(v.boolean(), v.description('Use an id from the system range.')), false),
  authorizedKeys: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.trim(),
          v.check((key) => !key.includes('\n'), 'has several lines; write each key as a separate text'),
          v.check(hasKey, mustBe('a whole public key like "ssh-ed25519 AAAA… name"')),
        ),
      ),
      v.description('The exact lines of `~/.ssh/authorized_keys`.'),
    ),
  ),
  password: v.optional(
    v.pipe(v.literal('locked'), v.description('`locked`: no password works. New users never have a password.')),
  ),
  ensure: ensure('`absent` removes the user but keeps the home directory.'),
})

type Given = v.InferOutput<typeof userProperties>

/** A user as wanted. */
export interface UserProps extends Given {
  readonly createHome: boolean
}

/** Fills in what depends on other properties. */
export function userProps(given: Given, name: string, wrong: Wrong): UserProps {
  const fault = nameFault(name)
  if (fault !== undefined) wrong(fault)
  const { ensure, groups, exactGroups, system, ...rest } = given
  const said = groups.length > 0 || exactGroups || system || Object.values(rest).some((value) => value !== undefined)
  if (ensure === 'absent' && said) wrong('a user who is absent has no properties')
  if (ensure === 'absent' && name === 'root') wrong('root cannot be removed')
  for (const property of ['home', 'shell'] as const)
    if (rest[property] !== undefined) absolutePath(`user ${JSON.stringify(name)}: ${property}`, rest[property])
  return { ...given, groups: [...new Set(groups)], createHome: given.createHome ?? !system }
}
