import { awakeFunction, SILENCE } from '../../shell/awake.ts'
import { giveUp } from '../../shell/give-up.ts'
import { RUN_DIR, STATE_DIR } from '../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'

/** Names of Debian packages (policy §5.6.1), with the architecture if it is not the host's own: `libc6:i386`. */
export const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/

/**
 * Exists only while apt's lists belong to the repositories as configured: removed *before* any of them changes, and
 * created *after* `apt-get update` has succeeded. If a kill comes in between, it is missing, and the next installation
 * refreshes the lists.
 */
export const LISTS_STAMP = `${STATE_DIR}/apt.updated`

/**
 * The prefix of a package's mark. The file says `VERSION SUM` for a package that came from a deb file, or `VERSION
 * unknown` from just before its installation until it has succeeded.
 */
export const debMark = `${STATE_DIR}/deb.`

/**
 * sh function `dpkg_list`: `NAME<TAB>ABBREVIATED STATUS<TAB>VERSION<TAB>ARCHITECTURE` of every installed or
 * half-installed package; for a foreign architecture the name is `NAME:ARCHITECTURE`. Fails if dpkg's database cannot
 * be read; dpkg itself treats a missing one as empty.
 */
export const dpkgList: Script = join([sh`tab=${'\t'}`, shFile(import.meta.url, './dpkg-list.sh')])

/**
 * sh functions around apt. `patiently COMMAND…` waits while another process holds the lock that the command needs, and
 * says which; `apt_mend` completes what a killed dpkg left behind; `apt_refresh` fetches the lists; `apt_ready` does so
 * only if they are missing, older than a day, or older than a repository.
 * @param patience seconds to wait for a lock
 * @param silence seconds without a byte from the network after which apt-get is stopped
 */
export const aptFunctions = (patience: number, silence: number = SILENCE): Script =>
  join([
    sh`
      export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
      refreshed= old= stamp=${LISTS_STAMP} heard=${`${RUN_DIR}/apt.heard`} unpacking=${`${RUN_DIR}/apt.unpacking`} patience=${patience}
      mkdir -p -m 0700 ${RUN_DIR} ${STATE_DIR}`,
    giveUp,
    awakeFunction(silence),
    shFile(import.meta.url, './apt.sh'),
  ])
