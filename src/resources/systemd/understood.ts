import { RUN_DIR } from '../../shell/paths.ts'
import { type Script, sh } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import { UNIT_DIR } from './unit-name.ts'

/** Where a unit is tried out: systemd reads drop-ins only beside a unit of the right name. */
const TRIAL_DIR = `${RUN_DIR}/trial`

/**
 * sh function `systemd` that fails, and says which lines, where systemd would ignore some of a unit's file: a key that
 * it does not know, a value that it cannot read. What the unit needs elsewhere (its program, other units) may come
 * later and is not looked at.
 */
export const understoodFunction: Script = sh`
  systemd() { # the file, the name that it will have under /etc/systemd/system; a third word: its text is a secret
    command -v systemd-analyze >/dev/null || return 0
    trial=${TRIAL_DIR}
    rm -rf "$trial"
    (
      umask 077
      case $2 in
      */*)
        mkdir -p "$trial/\${2%/*}"
        unit=\${2%.d/*}
        case $unit in
        *-.*) unit=\${unit%-.*}-x.\${unit##*.} ;; # of all whose names begin so
        *.*) ;;
        *) unit=x.$unit ;; # of all of a type
        esac
        printf '[Unit]\n' >"$trial/$unit" ;;
      *) mkdir -p "$trial"; unit=$2 ;;
      esac
      cp "$1" "$trial/$2"
      SYSTEMD_LOG_LEVEL=notice systemd-analyze verify --man=no --recursive-errors=no "$trial/$unit" 2>&1 || :
    ) | (
      bad=0
      while IFS= read -r line; do
        case $line in "$trial/$2:"[0-9]*) ;; *) continue ;; esac
        bad=1 line=\${line#"$trial/$2:"}
        [ $# -eq 2 ] || line="\${line%%:*}: systemd would ignore it"
        printf 'line %s\n' "$line" >&2
      done
      exit $bad
    ) && bad=0 || bad=1
    rm -rf "$trial"
    [ $bad = 0 ] || rmdir ${UNIT_DIR}/"\${2%/*}" 2>/dev/null || : # a directory that was made for this drop-in
    return $bad
  }`

/** The words of the command that tries a unit out: of {@link understoodFunction}. */
export const understood = (name: string, content: string | Secret): readonly string[] =>
  content instanceof Secret ? ['systemd', '%s', name, 'secret'] : ['systemd', '%s', name]
