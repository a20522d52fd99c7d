# What systemd knows about units and timers, for a status.

is_systemd() { [ -d /run/systemd/system ]; }

# MESSAGE_ID of systemd's own words about a unit: it failed, it ended well, its start is done.
failed=d9b373ed55a64feb8242e02dbe79a49c
ended=7ad2d189f7e94e70a38c781354912448
started=39f53479d3a045ac8e11786248231fbf

# Prints the invocation of a service that has not run since the boot, if its last run before that failed.
failed_before() {
  last=$(journalctl -q --no-pager -n 1 -o verbose --output-fields=MESSAGE_ID,INVOCATION_ID _PID=1 UNIT="$1" \
    MESSAGE_ID=$failed MESSAGE_ID=$ended MESSAGE_ID=$started 2>/dev/null)
  case $last in *MESSAGE_ID=$failed*) printf '%s\n' "$last" | sed -n 's/^ *INVOCATION_ID=//p' ;; esac
}

# words_of UNIT RUN: prints the last line of this run's output. A process may exit before the journal can tell its run;
# what it said belongs to the run in whose course it was read.
words_of() {
  last=$(journalctl -q --no-pager -n 1000 -o export --output-fields=_PID,_SYSTEMD_INVOCATION_ID,INVOCATION_ID \
    "_SYSTEMD_UNIT=$1" + "UNIT=$1" 2>/dev/null |
    awk -v run="$2" '
      /^__CURSOR=/ { cursor = substr($0, 10) }
      /^_PID=/ { pid = substr($0, 6) }
      /^(_SYSTEMD_)?INVOCATION_ID=/ { of = $0; sub(/^[^=]*=/, "", of) }
      $0 == "" { entry() }
      function entry() {
        if (of != "") in_course = of == run
        if (in_course && pid > 1) last = cursor
        cursor = pid = of = ""
      }
      END { entry(); print last }')
  [ -z "$last" ] || journalctl -q --no-pager -o cat -n 1 --cursor="$last" "_SYSTEMD_UNIT=$1" 2>/dev/null
}

# Prints a line for each of these timers whose last run failed: "timer", its name, and the last line of its output.
failed_timers() {
  for timer; do
    unit=$timer.service run=
    state=$(systemctl show -p LoadState -p ActiveState -p InvocationID -p ExecMainStartTimestampMonotonic "$unit")
    # one that was removed may still be known as failed
    case $state in *LoadState=loaded*) ;; *) continue ;; esac
    case $state in
    *ActiveState=failed*) run=$(printf '%s\n' "$state" | sed -n 's/^InvocationID=//p') ;;
    *ExecMainStartTimestampMonotonic=0*) run=$(failed_before "$unit") ;;
    esac
    [ -z "$run" ] || printf 'timer\t%s\t%s\n' "$timer" "$(words_of "$unit" "$run")"
  done
}

# Prints the host's uptime, then the properties of each of these units, in order, separated by blank lines.
unit_times() {
  [ $# -gt 0 ] || return 0
  read -r up rest </proc/uptime
  printf '%s\n' "$up"
  systemctl show -p ActiveState -p ActiveEnterTimestampMonotonic -- "$@"
}
