import { createHash } from 'node:crypto'
import { defineResource } from '../../model/define-resource.ts'
import type { Fields, Item } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { getent } from './getent.ts'
import { changeUser, keysText } from './user-change.ts'
import { type NoUser, type UserState, userDiff, userRemark } from './user-diff.ts'
import { type UserProps, userProperties, userProps } from './user-properties.ts'

const keyLines = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))

// A primary group without a name makes it complain, and show the number.
function observe(items: readonly Item<UserProps>[]): Script {
  return join([
    getent(
      'passwd',
      items.map((i) => i.name),
    ),
    sh`
      existing=
      for line in $found; do existing="$existing$IFS\${line%%:*}"; done
      [ -z "$existing" ] || memberships=$(groups $existing 2>/dev/null) || [ -n "$memberships" ]
      [ -z "$existing" ] || passwords=$(getent shadow $existing) || [ $? -eq 2 ]
      no_shell() { [ -z "$2" ] || { [ -f "$2" ] && [ -x "$2" ]; } || printf '%s\tno shell\n' "$1"; } # NAME, path
      look() { # NAME, digest of the wanted authorized_keys, wanted shell
        line_of "$1" : "$passwords"
        case \${line#*:} in '!'* | '*'*) locked=yes ;; *) locked=no ;; esac
        line_of "$1" ' : ' "$memberships"; groups=\${line#* : }
        line_of "$1" : "$found"
        wanted=$3
        if [ -z "$line" ]; then printf '%s\tabsent\n' "$1"; no_shell "$1" "$wanted"; return; fi
        IFS=:; set -- "$1" "$2" $line; IFS=${'\n'}
        home=$8 has=no; [ ! -d "$home" ] || has=yes
        printf '%s\tuser\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$5" "$6" "$7" "$8" "$9" "$has" "$locked" "$groups"
        no_shell "$1" "\${wanted:-$9}"
        [ -n "$2" ] || return 0
        keys=$home/.ssh/authorized_keys
        access=$(stat -c '%F %a %u' -- "$home/.ssh" "$keys" 2>/dev/null | tr '\n' ',') || :
        if [ -f "$keys" ] && [ "$(sha256sum <"$keys" | cut -c 1-64)" = "$2" ]; then printf '%s\tkeys\t%s\tsame\n' "$1" "$access"
        else printf '%s\tkeys\t%s\tis\t%s\n' "$1" "$access" "$([ ! -f "$keys" ] || head -c 65536 -- "$keys" | base64 -w0)"; fi
      }`,
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
  observe,
  parse,
  diff: userDiff,
  apply: changeUser,
  warn: userRemark,
})
