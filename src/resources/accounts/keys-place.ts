import type { Item } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { NO_HOME } from './user-change.ts'
import type { UserProps } from './user-properties.ts'

/** sh functions that know where sshd looks for a user's keys. */
export const keysPlace: Script = join([sh`nl=${'\n'}`, shFile(import.meta.url, './keys-place.sh')])

/** sh that warns of users whose keys sshd would not read where they are written. */
export function foreseeKeys(items: readonly Item<UserProps>[]): Script {
  const calls = items.flatMap(({ name, props: { authorizedKeys, home, system } }) =>
    authorizedKeys === undefined || authorizedKeys.length === 0
      ? []
      : [sh`foresee_keys ${[name, home ?? (system ? NO_HOME : `/home/${name}`)]}`],
  )
  return calls.length === 0 ? empty : join([keysPlace, ...calls])
}
