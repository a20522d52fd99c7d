import { RUN_DIR, STATE_DIR } from '../../shell/paths.ts'
import { type Script, sh } from '../../shell/script.ts'
import { awakeFunction, SILENCE } from '../kit/awake.ts'
import { giveUp } from '../kit/give-up.ts'

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
export const dpkgList: Script = sh`
  tab=${'\t'}
  dpkg_list() {
    [ -s /var/lib/dpkg/status ] || { echo 'dpkg has no database: /var/lib/dpkg/status is missing or empty' >&2; return 1; }
    arch=$(dpkg --print-architecture) || return 1
    all=$(dpkg-query -W -f='\${Package}\t\${db:Status-Abbrev}\t\${Version}\t\${Architecture}\n') || return 1
    printf '%s\n' "$all" | sed "/$tab$arch\$/b;/\${tab}all\$/b;s/^\([^$tab]*\)\(.*$tab\)\(.*\)\$/\1:\3\2\3/"
  }`

/**
 * sh functions around apt. `patiently COMMAND…` waits while another process holds the lock that the command wants, and
 * says which; `apt_mend` finishes what a killed dpkg left; `apt_refresh` fetches the lists; `apt_ready` does so only
 * where they are missing, older than a day, or older than a repository.
 * @param patience seconds to wait for a lock
 * @param silence seconds after which apt-get, when it talks to a network and hears nothing, is ended
 */
export const aptFunctions = (patience: number, silence: number = SILENCE): Script => sh`
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
  refreshed= old=
  stamp=${LISTS_STAMP}
  heard=${RUN_DIR}/apt.heard
  mkdir -p -m 0700 ${RUN_DIR} ${STATE_DIR}
  ${giveUp}
  ${awakeFunction(silence)}
  seconds() { read -r up rest </proc/uptime; echo "\${up%.*}"; }
  # a file and not a pipe for its standard error: a daemon that a package starts would hold the pipe open for ever
  patiently() {
    until=$(($(seconds) + ${patience})) last=
    while :; do
      status=0
      "$@" 2>"$heard" || status=$?
      grep -q -e 'lock was locked by' -e 'Could not get lock' "$heard" && [ "$status" != 0 ] || break
      pid=$(sed -n -e 's/.*with pid \([0-9][0-9]*\).*/\1/p' -e 's/.*held by process \([0-9][0-9]*\).*/\1/p' "$heard" | head -n 1)
      holder="process \${pid:-unknown}"
      [ -z "$pid" ] || ! [ -r "/proc/$pid/cmdline" ] || holder="$holder ($(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c 1-80 | sed 's/ *$//'))"
      [ "$(seconds)" -lt "$until" ] || give_up "the package manager's lock was still held by $holder after ${patience} s; let it finish or end it, then run again"
      [ "$holder" = "$last" ] || printf 'waiting for the package manager, which is locked by %s\n' "$holder"
      last=$holder
      sleep 2
    done
    cat "$heard" >&2
    return "$status"
  }
  options='-q -y -o Dpkg::Use-Pty=0 -o APT::Cmd::Pattern-Only=true -o APT::Get::AutomaticRemove=false -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'
  apt_get() { patiently apt-get $options "$@"; }
  apt_online() { patiently awake '/var/lib/apt/lists /var/cache/apt/archives' apt-get $options "$@"; }
  # what fails here is not the end: apt judges whether it stands in the way
  apt_mend() { patiently dpkg --force-confdef --force-confold --configure -a || :; }
  apt_refresh() {
    refreshed=yes
    touch "$stamp.new"
    for try in 1 2; do
      status=0
      apt_online -o APT::Update::Error-Mode=any update || status=$?
      case $status in
      0) mv -f "$stamp.new" "$stamp"; return ;;
      124) echo 'apt-get update had received nothing for '${silence}' s and was ended' ;;
      *) break ;;
      esac
    done
    echo 'not all lists of packages could be refreshed; going on with those that are there'
    [ "$status" != 124 ] || old='; the lists are old: apt-get update had received nothing for '${silence}' s, twice'
  }
  apt_ready() {
    [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ] || { apt_refresh; return; }
    [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer "$stamp" 2>/dev/null)" ] || apt_refresh
  }`
