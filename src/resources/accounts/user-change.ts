import type { Item } from '../../model/resource.ts'
import { empty, join, quoted, type Script, sh } from '../../shell/script.ts'
import type { UserProps } from './user-properties.ts'

/** Debian's home directory for users who have none. */
export const NO_HOME = '/nonexistent'

/** The content of the file of authorized keys. */
export const keysText = (keys: readonly string[]): string => keys.map((k) => `${k}\n`).join('')

/** sh that creates, changes or removes a user. If a new user cannot be completed, removes it again. */
export function changeUser({ name, props }: Item<UserProps>): Script {
  if (props.ensure === 'absent') return sh`if getent passwd ${name} >/dev/null; then account userdel ${name}; fi`
  const { uid, group, groups, exactGroups, home, shell, comment, system } = props
  const given = (flag: string, value: string | number | undefined) => (value === undefined ? [] : [flag, value])
  const memberships = exactGroups || groups.length > 0 ? ['-G', groups.join(',')] : []
  const make = [
    ...given('-c', comment),
    ...memberships,
    '-d',
    home ?? (system ? NO_HOME : `/home/${name}`),
    '-s',
    shell ?? (system ? '/usr/sbin/nologin' : '/bin/bash'),
  ]
  const change = [
    ...given('-u', uid),
    ...given('-c', comment),
    ...given('-g', group),
    ...given('-d', home),
    ...given('-s', shell),
    ...memberships,
    ...(exactGroups || memberships.length === 0 ? [] : ['-a']),
  ]
  const fresh = home ?? `/home/${name}`
  return join([
    sh`
      ( if [ -e ${fresh} ] || [ -L ${fresh} ]; then fresh=; else fresh=${fresh}; fi
      getent passwd ${name} >/dev/null || trap ${quoted(sh`[ $? = 0 ] || unmake_user ${name} "$fresh"`)} EXIT`,
    shell === undefined ? empty : sh`has_shell ${name} ${shell}`,
    sh`
      if getent passwd ${name} >/dev/null; then
        ${change.length === 0 ? sh`:` : sh`account usermod ${change} ${name}`}
      else
        add_user ${name} ${group ?? ''} ${uid ?? ''} ${system ? 'SYS_' : ''} ${make} ${[props.createHome ? '-m' : '-M', ...(system ? ['-r'] : [])]}
      fi`,
    props.password === 'locked' ? sh`account usermod -L ${name}` : empty,
    props.createHome ? sh`make_home ${name} ${NO_HOME}` : empty,
    props.createHome || props.authorizedKeys !== undefined ? sh`take_home ${name}` : empty,
    props.authorizedKeys === undefined ? empty : sh`write_keys ${name} ${keysText(props.authorizedKeys)}`,
    sh`)`,
  ])
}
