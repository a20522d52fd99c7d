import { RUN_DIR } from '../../shell/paths.ts'
import { BLOB_DIR, quoted, type Script, sh, shFile } from '../../shell/script.ts'

/**
 * /run is memory: of a log that is longer than this many bytes, only the last {@link LOG_KEPT} are kept; before them it
 * reads as zeros, so that positions stay what they are.
 */
const LOG_MOST = 32 * 1024 * 1024
const LOG_KEPT = 16 * 1024 * 1024

/** What runs apart from the session. */
const detached = shFile(import.meta.url, './detached.sh')

/**
 * A script that starts `body` (sent as its input, `size` bytes) detached from the session and follows its log. See
 * docs/how-it-converges.md.
 */
export function startScript(id: string, who: string, size: number): Script {
  return sh`
    d=${RUN_DIR}; id=${id}
    mkdir -p -m 700 "$d"
    find "$d" -maxdepth 1 -name '*.log' -mtime +0 -delete
    ( umask 077; : >"$d/$id.log" )
    set --
    [ ! -d /run/systemd/system ] || set -- systemd-run --scope --quiet --collect --unit="provision-$id" --
    head -c ${size} <&8 | setsid "$@" sh -c ${quoted(detached)} provision "$d" "$id" ${who} ${size} ${LOG_MOST} ${LOG_KEPT} 8<&- >>"$d/$id.log" 2>&1 &
    exec 8<&-
    tail -c +1 -s .05 -f --pid=$! "$d/$id.log"`
}

/**
 * Follows the log of a run from byte `from` (0: its first): to its end, while it runs. Exit 3: there is no such log,
 * the host was booted since.
 */
export function resumeScript(id: string, from: number): Script {
  return sh`
    d=${RUN_DIR}; id=${id}
    [ -e "$d/$id.log" ] || exit 3
    pid=$(sed -n "s/^$id pid \([0-9]*\) .*/\1/p" "$d/lock")
    set --
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && ! flock -n "$d/lock" true; then set -- -s .05 -f --pid="$pid"; fi
    tail -c +${from + 1} "$@" "$d/$id.log"`
}

/** Asks a detached run to start no further step. */
export const stopScript = (id: string): Script => sh`[ ! -d ${RUN_DIR} ] || : >${RUN_DIR}/${`${id}.stop`}`

/** Removes what a finished run left: its log and such, and the blobs it was sent. */
export const tidyScript = (id: string): Script => sh`rm -rf ${RUN_DIR}/${id}.* ${BLOB_DIR} ${`${BLOB_DIR}.boot`}`

/**
 * Takes the host's run lock, or says `ID busy OWNER` and exits 75; then runs `locked`, and holds the lock for as long
 * as a byte arrives every 60 s on its input: a controller that dies or loses its link frees it.
 */
export function lockScript(id: string, who: string, locked: Script): Script {
  return sh`
    mkdir -p -m 700 ${RUN_DIR}
    exec 7<>${`${RUN_DIR}/run.lock`}
    flock -n 7 || { printf '\n%s busy %s\n' ${id} "$(cat ${`${RUN_DIR}/run.lock`})"; exit 75; }
    printf '%s since %s\n' ${who} "$(date -u +%FT%TZ)" >${`${RUN_DIR}/run.lock`}
    printf '%s %s\n' ${id} $$ >${`${RUN_DIR}/run.owner`}
    (
    ${locked}
    ) 7>&- 8<&-
    printf '\n%s locked\n' ${id}
    while [ -n "$(timeout 60 head -c 1 <&8 7>&-)" ]; do :; done`
}

/**
 * Frees a run lock of our own that a lost link left behind: its session may not have noticed yet, and would hold it for
 * up to a minute. Ends it only while it does hold the lock, so that its process id cannot be another's.
 */
export const freeScript = (id: string): Script => sh`
  cd ${RUN_DIR} 2>/dev/null && [ -e run.owner ] && ! flock -n run.lock true || exit 0
  read -r lock pid <run.owner
  [ "$lock" = ${id} ] && kill "$pid" || exit 0
  timeout 5 flock run.lock true || :`

/** How often a held lock is renewed, in milliseconds. */
export const LOCK_RENEWAL = 20_000

/**
 * A group of steps begins, has succeeded, or has failed though others have begun since; `index`: its first step, from
 * 0.
 */
export interface StepMarker {
  readonly marker: 'step' | 'ok' | 'failed'
  readonly index: number
}

/** One marker of a detached run's log. */
export type Marker =
  | StepMarker
  | { readonly marker: 'end'; readonly status: number }
  | { readonly marker: 'busy'; readonly owner: string }

/** The marker that a line of the log is, if it is one. */
export function markerOf(id: string, line: string): Marker | undefined {
  if (!line.startsWith(`${id} `)) return undefined
  const [, word, ...rest] = line.split(' ')
  if (word === 'step' || word === 'ok' || word === 'failed') return { marker: word, index: Number(rest[0]) - 1 }
  if (word === 'end') return { marker: 'end', status: Number(rest[0]) }
  if (word === 'busy') return { marker: 'busy', owner: rest.join(' ') }
  return undefined
}
