import { createHash } from 'node:crypto'
import { defineResource } from '../../model/define-resource.ts'
import type { Fields, Item } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { foreseeTaken } from './account-ids.ts'
import { ACCOUNT_FILES } from './account-name.ts'
import { accountTool } from './account-tool.ts'
import { getent } from './getent.ts'
import { foreseeKeys, keysPlace } from './keys-place.ts'
import { changeUser, keysText } from './user-change.ts'
import { type NoUser, type UserState, userDiff, userRemark } from './user-diff.ts'
import { type UserProps, userProperties, userProps } from './user-properties.ts'

const keyLines = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))

// If the primary group has no name, `id` complains and prints the number.
function observe(items: readonly Item<UserProps>[]): Script {
  return join([
    getent(
      'passwd',
      items.map((i) => i.name),
    ),
    sh`nl=${'\n'}`,
    shFile(import.meta.url, './user.sh'),
    ...items.map(
      ({ name, props: { authorizedKeys: keys, shell = '' } }) =>
        sh`look ${name} ${keys === undefined ? '' : createHash('sha256').update(keysText(keys)).digest('hex')} ${shell}`,
    ),
  ])
}

function parse(records: readonly Fields[]): UserState | NoUser {
  const user = records.find(([word]) => word === 'user')
  const noShell = records.some(([word]) => word === 'no shell')
  if (user === undefined) {
    if (records.some(([word]) => word === 'absent')) return noShell ? 'absent, as is the shell' : 'absent'
    throw new Error('the answer says neither what it is nor that it is absent')
  }
  const [, uid = '', , comment = '', home = '', shell = '', has, locked, memberships = ''] = user
  const [group = '', ...groups] = memberships.split(' ')
  const keys = records.find(([word]) => word === 'keys')
  return {
    uid: Number(uid),
    group,
    groups,
    comment,
    home,
    hasHome: has === 'yes',
    shell,
    locked: locked === 'yes',
    noShell,
    ...(keys === undefined
      ? {}
      : {
          keys: {
            access: keys[1] ?? '',
            is: keys[2] === 'same' ? 'same' : keyLines(Buffer.from(keys[3] ?? '', 'base64').toString('utf8')),
          },
        }),
  }
}

/** A user of the host. */
export const user = defineResource({
  name: 'user',
  properties: userProperties,
  normalise: userProps,
  writes: ACCOUNT_FILES,
  needs: (own, { ensure, group, groups }) =>
    [...(group === undefined ? [] : [group]), ...groups]
      .filter((name) => ensure === 'present' && name !== own)
      .map((name) => ({ kind: 'group', name, of: 'groups' })),
  id: ({ uid }) => (uid === undefined ? undefined : { kind: 'uid', number: uid }),
  brings: (need, own) => need.name.startsWith('/') || (/^(user|group)$/.test(need.kind) && need.name === own),
  foresee: (items, steps) => join([foreseeTaken('uid', items, steps, ({ uid }) => uid), foreseeKeys(items)]),
  observe,
  parse,
  diff: userDiff,
  apply: changeUser,
  functions: join([accountTool, keysPlace, shFile(import.meta.url, './make-user.sh')]),
  warn: userRemark,
})
