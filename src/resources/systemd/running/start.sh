# shellcheck disable=SC2154 # unit, owed, mark, kept, port: set by the caller

# Says why a unit that is not active is down: fails, or sets $why.
why_down() {
  # the second where systemd has forgotten the unit already, as it does with those that nothing refers to
  why=$(systemctl status -n 0 --no-pager -l "$unit" | sed -n 's/.*\(Condition[A-Za-z]*=.*\) was not met.*/\1/p') || :
  [ -n "$why" ] || why=$(journalctl -u "$unit" -n 1 --no-pager -o cat | sed -n 's/.* skipped.* condition check (*\(Condition[A-Za-z]*=[^)]*\).*/\1/p') || :
  [ -z "$why" ] || {
    echo "$unit was not started: the unit's condition failed ($why)" >&2
    exit 1
  }
  why="it is $state"
  [ "$state/$(systemctl show -p Type --value "$unit")/$(systemctl show -p Result --value "$unit")" != inactive/oneshot/success ] || {
    echo "$unit ran and ended, as a unit of Type=oneshot does: write running: false, or RemainAfterExit=yes in the unit" >&2
    exit 1
  }
}

# Looks at most 30 s, and sets $why where it fails.
stays_up() {
  most=5 looks=0 why=
  [ ! -d "$kept" ] || most=25
  hex=$(printf %04X "${port:-0}")
  while :; do
    state=$(systemctl show -p ActiveState --value "$unit")
    looks=$((looks + 1))
    if [ "$(systemctl show -p NRestarts --value "$unit")" != "$restarts" ]; then
      why='it keeps failing'
      return 1
    fi
    case $state in
    active | reloading | refreshing)
      case $(systemctl show -p Type --value "$unit") in simple | exec | idle) ;; *) [ -n "$port" ] || return 0 ;; esac
      if [ "$looks" -ge "$most" ]; then
        [ -n "$port" ] || return 0
        ! grep -q ":$hex [0-9A-F]*:0000 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null || return 0
      fi
      ;;
    # what it dies of may still be said
    deactivating) ;;
    *)
      why_down
      return 1
      ;;
    esac
    [ "$looks" -lt 150 ] || return 0
    sleep .2
  done
}

go() {
  # the start limit would refuse it and leave it down
  systemctl reset-failed "$unit" 2>/dev/null || :
  why=
  systemctl "$1" "$unit" || return 1
  restarts=$(systemctl show -p NRestarts --value "$unit")
  stays_up
}

# Says which user or group of the unit is missing: systemd only says so in numbers and steps.
nobody_there() {
  for whose in User:passwd:user Group:group:group; do
    who=$(systemctl show -p "${whose%%:*}" --value "$unit")
    case $who in '' | *[!0-9]*) ;; *) continue ;; esac
    known=${whose#*:}
    [ -z "$who" ] || [ "$(systemctl show -p DynamicUser --value "$unit")" = yes ] || getent "${known%:*}" "$who" >/dev/null ||
      echo "$unit: there is no ${known#*:} $who; list what makes it before the service, or correct ${whose%%:*}= in the unit" >&2
  done
}

start_fails() {
  if [ -n "$why" ]; then echo "$unit did not stay up: $why. Its last words:" >&2; else echo "$unit did not $verb. Its last words:" >&2; fi
  unit_words "$unit" 8 "$began" "$old" >&2 || :
  nobody_there
  if back=$(put_files_back); then
    [ "$verb" = reload-or-restart ] || verb=restart
    if go "$verb"; then
      rm -rf "$kept" "$mark"
      # shellcheck disable=SC2086 # a path a line: on one line
      echo "Put back, and $unit runs with that again:" $back >&2
    else
      # shellcheck disable=SC2086 # a path a line: on one line
      echo "Put back, and $unit does not start with that either:" $back >&2
    fi
  fi
  exit 1
}

start_unit() {
  began=$(date +%s)
  old=$(systemctl show -p InvocationID --value "$unit")
  state=$(systemctl is-active "$unit") || :
  [ "$(systemctl show -p SubState --value "$unit")" != auto-restart ] || state=failing
  case $state:$owed in
  active:reload | reloading:reload | refreshing:reload) verb=reload-or-restart ;;
  active:restart | reloading:restart | refreshing:restart | activating:re* | failing:*) verb=restart ;;
  *) verb=start ;;
  esac
  # it is still the same try
  [ "$verb" != reload-or-restart ] || old=
  # once more before it goes back: what it died of may have passed, as where the run has just restarted what it depends on
  go "$verb" || { [ -d "$kept" ] && [ "$verb" != reload-or-restart ] && go restart; } || start_fails
}
