# shellcheck disable=SC2154 # trial, unit_dir: set by understood.ts

# A unit's NAME is its path below /etc/systemd/system.

# on_trial FILE NAME: copies the file to where systemd reads it on trial, and adds what systemd must verify to $units
on_trial() {
  mkdir -p "$trial"
  unit=$2
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
    [ -e "$trial/$unit" ] || printf '[Unit]\n' >"$trial/$unit"
    ;;
  esac
  cp "$1" "$trial/$2"
  units="$units $trial/$unit"
}

# verify: sets $said to what systemd says about $units, and ends the trial
verify() {
  # shellcheck disable=SC2086 # words: names have no white space
  said=$(SYSTEMD_LOG_LEVEL=notice systemd-analyze verify --man=no --recursive-errors=no $units 2>&1 | awk '!said[$0]++') || :
  rm -rf "$trial"
}

# understood NAME [WORD]: fails if systemd said something about that file's lines, and prints that; with a second word,
# only which lines they are
understood() {
  printf '%s\n' "$said" | (
    bad=0
    while IFS= read -r line; do
      case $line in "$trial/$1:"[0-9]*) ;; *) continue ;; esac
      bad=1 line=${line#"$trial/$1:"}
      [ $# -eq 1 ] || line="${line%%:*}: systemd would ignore it"
      printf 'line %s\n' "$line" >&2
    done
    exit "$bad"
  )
}

# systemd FILE NAME [WORD]: a third word marks its text as a secret
systemd() {
  command -v systemd-analyze >/dev/null || return 0
  rm -rf "$trial"
  units=''
  mask=$(umask)
  umask 077
  on_trial "$1" "$2"
  verify
  umask "$mask"
  shift
  understood "$@" && return
  # removes a directory that was made for this drop-in
  rmdir "$unit_dir/${1%/*}" 2>/dev/null || :
  return 1
}

# all_understood SECRETS HIDDEN…: the same for new files beside their final paths; SECRETS are the names, with a space
# around each, of those whose text is one
all_understood() {
  secrets=$1
  shift
  command -v systemd-analyze >/dev/null || return 0
  rm -rf "$trial"
  units='' refused=''
  for hidden; do
    place_of
    on_trial "$hidden" "${path#"$unit_dir/"}"
  done
  verify
  for hidden; do
    place_of
    name=${path#"$unit_dir/"}
    case $secrets in *" $name "*) understood "$name" secret ;; *) understood "$name" ;; esac && continue
    echo "$path: systemd refused the new content; the file is as it was" >&2
    [ -n "$refused" ] || found "$hidden"
    refused=yes
  done
  [ -n "$refused" ] || return 0
  # removes directories that were made for drop-ins
  for hidden; do
    rm -f "$hidden"
    [ "${hidden%/*}" = "$unit_dir" ] || rmdir "${hidden%/*}" 2>/dev/null || :
  done
  return 1
}
