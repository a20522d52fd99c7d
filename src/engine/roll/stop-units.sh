# stop_units UNIT …: stops and disables them, along with the units that trigger them.
stop_units() {
  [ -d /run/systemd/system ] || return 0
  for unit; do
    case $(systemctl show -p LoadState --value -- "$unit") in not-found | masked) continue ;; esac
    triggers=$(systemctl show -p TriggeredBy --value -- "$unit")
    # shellcheck disable=SC2086 # several units, separated by blanks
    systemctl -q disable -- "$unit" $triggers
    for each in "$unit" $triggers; do unit_job stop "$each"; done
  done
}
