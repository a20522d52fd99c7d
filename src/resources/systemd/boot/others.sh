# What other units do to one that a step starts or stops: NAME UNIT each.
# shellcheck disable=SC2154,SC2034 # files: read by unit-file-states.sh; named_units: the units that the recipes name, a space around each, set by others.ts; targets: set by unit-file-states.sh

# is it stopped only until another unit starts it?
stays_down() {
  for other in $(systemctl show -p TriggeredBy --value -- "$2"); do
    case "$named_units" in *" $other "*) continue ;; esac
    if systemctl -q is-active -- "$other" || [ "$(systemctl is-enabled -- "$other" 2>/dev/null)" = enabled ]; then
      printf '!\t%s\t%s starts it again all the same: name that, too, to keep it down\n' "$1" "$other"
    fi
  done
}

# does its start stop others?
starts() {
  for other in $(systemctl show -p Conflicts -p ConflictedBy --value -- "$2"); do
    ! systemctl -q is-active -- "$other" ||
      printf '!\t%s\tits start stops %s, which runs: one of them conflicts with the other (Conflicts=)\n' "$1" "$other"
  done
}

# boots NAME UNIT [TARGET…]: is its unit gone after a boot, or wanted by targets only that do not exist? TARGETs are
# what a unit that the recipe writes names.
boots() {
  name=$1
  path=$(systemctl show -p FragmentPath --value -- "$2")
  case $path in
  /run/systemd/system/*) printf '!\t%s\ta boot does not start it: its unit %s is gone by then\n' "$name" "$path" ;;
  esac
  files=$(systemctl show -p FragmentPath -p DropInPaths --value -- "$2")
  shift 2
  if [ $# -gt 0 ]; then targets=$*; else read_targets; fi
  # shellcheck disable=SC2086 # words
  ! wanted_by_nothing $targets ||
    printf '!\t%s\ta boot does not start it: its [Install] section names only %s, which does not exist\n' "$name" "${targets% }"
}
