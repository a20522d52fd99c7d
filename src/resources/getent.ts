import { type Script, sh } from '../shell/script.ts'

/** Names of users and groups that Debian's own tools accept. */
export const ACCOUNT_NAME = /^[a-z_][a-z0-9_.-]{0,31}$/

/**
 * sh that looks up all names in one call and sets `$found`. Only "not found" (exit 2) means absent, and only where root, who always is,
 * was found: a name service that is broken answers the same.
 */
export const getent = (database: 'passwd' | 'group', names: readonly string[]): Script => sh`
  tab=$(printf '\t')
  found=$(getent ${database} root ${names}) || [ $? -eq 2 ]
  case $found in root:*:0:*) ;; *) echo ${`getent ${database}: not even root was found`} >&2; exit 1 ;; esac
  found=$(printf '%s\n' "$found" | sed 1d)`
