import type { Item } from '../../model/resource.ts'
import { empty, join, quoted, type Script, sh } from '../../shell/script.ts'
import type { UserProps } from './user-properties.ts'

/** Debian's home of users who have none. */
export const NO_HOME = '/nonexistent'

/** What the file of authorized keys holds. */
export const keysText = (keys: readonly string[]): string => keys.map((k) => `${k}\n`).join('')

/** sh that makes, changes or removes a user. Where a new one cannot be made whole, nothing of it stays. */
export function changeUser({ name, props }: Item<UserProps>): Script {
  if (props.ensure === 'absent') return sh`if getent passwd ${name} >/dev/null; then account userdel ${name}; fi`
  const { uid, group, groups, exactGroups, home, shell, comment, system } = props
  const given = (flag: string, value: string | number | undefined) => (value === undefined ? [] : [flag, value])
  const both = [...given('-u', uid), ...given('-c', comment)]
  const memberships = exactGroups || groups.length > 0 ? ['-G', groups.join(',')] : []
  const make = [
    ...both,
    ...memberships,
    '-d',
    home ?? (system ? NO_HOME : `/home/${name}`),
    '-s',
    shell ?? (system ? '/usr/sbin/nologin' : '/bin/bash'),
  ]
  const change = [
    ...both,
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
    // sshd and login turn away whoever has none: better no change than a user whom nobody can log in as
    shell === undefined
      ? empty
      : sh`[ -f ${shell} ] && [ -x ${shell} ] || { echo ${`user ${name}: this host has no program ${shell} to be its shell; install it first`} >&2; exit 1; }`,
    sh`
          (
          if getent passwd ${name} >/dev/null; then
            ${change.length === 0 ? sh`:` : sh`account usermod ${change} ${name}`}
          else
            if [ -n ${group ?? ''} ]; then set -- -g ${group ?? ''}; elif getent group ${name} >/dev/null; then set -- -g ${name}; else set -- -U; fi
            account useradd "$@" ${make} ${[props.createHome ? '-m' : '-M', ...(system ? ['-r'] : [])]} ${name}
          fi
          )`,
    props.password === 'locked' ? sh`account usermod -L ${name}` : sh``,
    props.createHome ? makeHome(name) : sh``,
    props.createHome || props.authorizedKeys !== undefined ? takeHome(name) : empty,
    props.authorizedKeys === undefined ? sh`` : writeKeys(name, props.authorizedKeys),
    sh`)`,
  ])
}

// useradd may have been killed before it came to this
const makeHome = (name: string): Script => sh`
  home=$(getent passwd ${name} | cut -d : -f 6)
  if [ ! -d "$home" ] && [ "$home" != ${NO_HOME} ]; then
    rm -rf "$home.provision"
    mkdir -p "\${home%/*}"
    cp -RT /etc/skel "$home.provision"
    chown -R ${`${name}:`} "$home.provision"
    chmod 00700 "$home.provision"
    mv -T "$home.provision" "$home"
  fi`

/** What a user of that name left there when he was removed has his number, which is nobody's now. */
const takeHome = (name: string): Script => sh`
  home=$(getent passwd ${name} | cut -d : -f 6)
  whose=$(stat -c %u -- "$home" 2>/dev/null) || :
  [ -z "$whose" ] || getent passwd "$whose" >/dev/null || chown -hR --from="$whose" ${`${name}:`} "$home"`

// written with the user's own rights: nothing that he put in the way can lead root's hand elsewhere
const writeKeys = (name: string, keys: readonly string[]): Script => sh`
  home=$(getent passwd ${name} | cut -d : -f 6)
  [ -d "$home" ] || { echo ${`user ${name}: there is no`} "$home" 'to keep its keys in; give its home, and createHome: true' >&2; exit 1; }
  [ ! -L "$home/.ssh" ] || { echo ${`user ${name}: its .ssh is a symbolic link; make it a directory`} >&2; exit 1; }
  [ -d "$home/.ssh" ] || mkdir -m 0700 "$home/.ssh"
  chown -h ${`${name}:`} "$home/.ssh"
  chmod 00700 "$home/.ssh"
  printf %s ${keysText(keys)} | setpriv --reuid ${name} --regid "$(id -g ${name})" --init-groups sh -c '
    set -e
    umask 077
    cd "$1/.ssh" 2>/dev/null || { echo "$2 cannot enter its home $1, which is $(stat -c "%U'"'"'s, mode %a" -- "$1")" >&2; exit 1; }
    rm -f .authorized_keys.provision
    cat >.authorized_keys.provision
    sync .authorized_keys.provision
    mv -fT .authorized_keys.provision authorized_keys' sh "$home" ${`user ${name}`}`
