import { RUN_DIR } from '../../shell/paths.ts'
import { BLOB_DIR, empty, join, quoted, type Script, sh, shFile } from '../../shell/script.ts'

/**
 * /run is memory. Of a log longer than this many bytes, only the last {@link LOG_KEPT} stay; the part before reads as
 * zeros, so that byte positions remain valid.
 */
const LOG_MOST = 32 * 1024 * 1024
const LOG_KEPT = 16 * 1024 * 1024

/** The program that runs independently of the session. */
const detached = shFile(import.meta.url, './detached.sh')
const resume = shFile(import.meta.url, './resume.sh')

/**
 * A script that starts `body` (sent as its input, `size` bytes) detached from the session and follows its log. See
 * docs/how-it-converges.md. Does nothing if the log is there: what a lost link has not delivered may arrive late.
 * @param look runs once the body has reported its end; after it, a byte on the input says that the log was read to its
 * end, and what the run left on the host is removed
 */
export function startScript(id: string, who: string, size: number, look: Script = empty): Script {
  const start = sh`
    d=${RUN_DIR}; id=${id}
    mkdir -p -m 700 "$d"
    find "$d" -maxdepth 1 -name '*.log' -mtime +0 -delete
    ( umask 077; set -C; : >"$d/$id.log" ) 2>/dev/null || exit 75
    set --
    [ ! -d /run/systemd/system ] || set -- systemd-run --scope --quiet --collect --unit="provision-$id" --
    head -c ${size} <&8 | setsid "$@" sh -c ${quoted(detached)} provision "$d" "$id" ${who} ${size} ${LOG_MOST} ${LOG_KEPT} 8<&- >>"$d/$id.log" 2>&1 &
    tail -c +1 -s .02 -f --pid=$! "$d/$id.log"`
  const after = sh`
    case $(tail -n 1 "$d/$id.log") in "$id end "*) ;; *) exit ;; esac
    { :
    ${look}
    } 8<&-
    [ -z "$(timeout 60 head -c 1 <&8)" ] || ${tidyScript(id)}`
  return join([start, after])
}

/**
 * Follows a run's log from byte `from` (0 is the first) until the run ends. If the log does not exist, but the host is
 * still the one that gave out the run lock `lock`, the run has not begun: makes sure that it never will, and says so.
 * Exits 3 otherwise, because the host has rebooted since.
 */
export function resumeScript(id: string, from: number, lock = ''): Script {
  return join([sh`d=${RUN_DIR} id=${id} lock=${lock} from=${from + 1}`, resume])
}

/** Asks a detached run to start no further step. */
export const stopScript = (id: string): Script => sh`[ ! -d ${RUN_DIR} ] || : >${RUN_DIR}/${`${id}.stop`}`

/** Removes what a finished run left behind: its log, its state files and the blobs that were sent to it. */
export const tidyScript = (id: string): Script => sh`rm -rf ${RUN_DIR}/${id}.* ${BLOB_DIR} ${`${BLOB_DIR}.boot`}`

/** Exit status of a host whose own tools a run cannot work with. */
export const OTHER_TOOLS = 76

/**
 * The steps are sent behind the script that reads them: a `head` that reads further than it is told (busybox's) would
 * take their beginning, and the rest would be waited for for ever.
 */
const otherTools = sh`
  { [ "$(printf 12 | { head -c 1; cat; })" = 12 ] && tail -n 0 --pid=$$ /dev/null 2>/dev/null; } || {
    echo ${'its head and tail are not those of GNU coreutils (of busybox, perhaps), and no step can be sent to it: install coreutils, and take the others out of its PATH'} >&2
    exit ${OTHER_TOOLS}
  }`

/**
 * Takes the host's run lock, or prints `ID busy OWNER` and exits 75, or {@link OTHER_TOOLS}. Then runs `locked`, and
 * holds the lock as long as a byte arrives on its input every 60 s, so that a controller that dies or loses its link
 * frees the lock.
 */
export function lockScript(id: string, who: string, locked: Script): Script {
  const locks = sh`
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
  return join([otherTools, locks])
}

/**
 * Frees a run lock of our own that outlived a lost link: its session may not have noticed yet, and would hold the lock
 * for up to a minute. Kills the process only while it holds the lock, because its process id may have been reused.
 */
export const freeScript = (id: string): Script => sh`
  cd ${RUN_DIR} 2>/dev/null && [ -e run.owner ] && ! flock -n run.lock true || exit 0
  read -r lock pid <run.owner
  [ "$lock" = ${id} ] && kill "$pid" || exit 0
  timeout 5 flock run.lock true || :`

/** How often a held lock is renewed, in milliseconds. */
export const LOCK_RENEWAL = 20_000

/**
 * A group of steps starts, has succeeded, or has failed after later groups started. `index` is its first step, from 0.
 */
export interface StepMarker {
  readonly marker: 'step' | 'ok' | 'failed'
  readonly index: number
}

/** One marker in a detached run's log. */
export type Marker =
  | StepMarker
  | { readonly marker: 'end'; readonly status: number }
  | { readonly marker: 'busy'; readonly owner: string }
  | { readonly marker: 'void' }

/** Parses a log line that may be a marker. */
export function markerOf(id: string, line: string): Marker | undefined {
  if (!line.startsWith(`${id} `)) return undefined
  const [, word, ...rest] = line.split(' ')
  if (word === 'step' || word === 'ok' || word === 'failed') return { marker: word, index: Number(rest[0]) - 1 }
  if (word === 'end') return { marker: 'end', status: Number(rest[0]) }
  if (word === 'void') return { marker: 'void' }
  if (word === 'busy') return { marker: 'busy', owner: rest.join(' ') }
  return undefined
}
