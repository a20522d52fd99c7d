# shellcheck disable=SC2154 # trial, unit_dir: set by understood.ts

# systemd FILE NAME [WORD]: NAME is its path below /etc/systemd/system; a third word marks its text as a secret
systemd() {
  command -v systemd-analyze >/dev/null || return 0
  rm -rf "$trial"
  (
    umask 077
    case $2 in
    */*)
      mkdir -p "$trial/${2%/*}"
      unit=${2%.d/*}
      case $unit in
      # for all units with this prefix
      *-.*) unit=${unit%-.*}-x.${unit##*.} ;;
      *.*) ;;
      # for all units of a type
      *) unit=x.$unit ;;
      esac
      printf '[Unit]\n' >"$trial/$unit"
      ;;
    *)
      mkdir -p "$trial"
      unit=$2
      ;;
    esac
    cp "$1" "$trial/$2"
    SYSTEMD_LOG_LEVEL=notice systemd-analyze verify --man=no --recursive-errors=no "$trial/$unit" 2>&1 || :
  ) | (
    bad=0
    while IFS= read -r line; do
      case $line in "$trial/$2:"[0-9]*) ;; *) continue ;; esac
      bad=1 line=${line#"$trial/$2:"}
      [ $# -eq 2 ] || line="${line%%:*}: systemd would ignore it"
      printf 'line %s\n' "$line" >&2
    done
    exit "$bad"
  ) && bad=0 || bad=1
  rm -rf "$trial"
  # removes a directory that was made for this drop-in
  [ "$bad" = 0 ] || rmdir "$unit_dir/${2%/*}" 2>/dev/null || :
  return "$bad"
}
