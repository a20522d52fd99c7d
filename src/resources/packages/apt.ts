import { awakeFunction, SILENCE } from '../../shell/awake.ts'
import { giveUp } from '../../shell/give-up.ts'
import { RUN_DIR, STATE_DIR } from '../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'

/** Names of Debian packages (policy §5.6.1), with their architecture where it is not the host's own: `libc6:i386`. */
export const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/

/**
 * Exists only where apt's lists are those of the repositories as they are written now: removed *before* any of them
 * changes, made
 * *after* `apt-get update` has succeeded. A kill in between leaves it missing, and the next installation refreshes.
 */
export const LISTS_STAMP = `${STATE_DIR}/apt.updated`

/**
 * What a name is put behind: the file that says `VERSION SUM` of a package that came from a deb, or `VERSION unknown`
 * from before it is installed until it is.
 */
export const debMark = `${STATE_DIR}/deb.`

/**
 * sh function `dpkg_list`: `NAME<TAB>ABBREVIATED STATUS<TAB>VERSION<TAB>ARCHITECTURE` of every installed or
 * half-installed package; the name of one of another architecture than the machine's own is `NAME:ARCHITECTURE`. Fails
 * where dpkg's database cannot be read; dpkg itself takes one that is missing for an empty one.
 */
export const dpkgList: Script = join([sh`tab=${'\t'}`, shFile(import.meta.url, './dpkg-list.sh')])

/**
 * sh functions around apt. `patiently COMMAND…` waits while another process holds the lock that the command wants, and
 * says which; `apt_mend` finishes what a killed dpkg left; `apt_refresh` fetches the lists; `apt_ready` does so only
 * where they are missing, older than a day, or older than a repository.
 * @param patience seconds to wait for a lock
 * @param silence seconds after which apt-get, when it talks to a network and hears nothing, is ended
 */
export const aptFunctions = (patience: number, silence: number = SILENCE): Script =>
  join([
    sh`
      export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
      refreshed= old= stamp=${LISTS_STAMP} heard=${`${RUN_DIR}/apt.heard`} patience=${patience}
      mkdir -p -m 0700 ${RUN_DIR} ${STATE_DIR}`,
    giveUp,
    awakeFunction(silence),
    shFile(import.meta.url, './apt.sh'),
  ])
