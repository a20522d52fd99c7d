import { type Script, sh } from '../../shell/script.ts'

/**
 * sh function that brings `$unit` up from any state: starts it, restarts it where that is `$owed` or where it fails again and again, reloads it where
 * that is owed. Then looks whether it stays up, since `systemctl start` says yes to a unit whose Condition failed, and to one
 * (Type=simple) that dies at once. Fails with its last lines.
 */
export const startFunction: Script = sh`
  start_fails() {
    echo "$unit $1. Its last lines:" >&2
    journalctl -u "$unit" --since "@$began" -n 20 --no-pager -o cat >&2 || :
    exit 1
  }
  start_unit() {
    began=$(date +%s)
    state=$(systemctl is-active "$unit") || :
    [ "$(systemctl show -p SubState --value "$unit")" != auto-restart ] || state=failing
    case $state:$owed in
    active:reload | reloading:reload | refreshing:reload) verb=reload-or-restart ;;
    active:restart | reloading:restart | refreshing:restart | activating:re* | failing:*) verb=restart ;;
    *) verb=start ;;
    esac
    systemctl reset-failed "$unit" 2>/dev/null || : # the start limit would refuse it and leave it down
    systemctl $verb "$unit" || start_fails "did not $verb"
    restarts=$(systemctl show -p NRestarts --value "$unit")
    for look in 1 2 3 4 5; do
      state=$(systemctl show -p ActiveState --value "$unit")
      if [ "$state" != active ]; then
        # the second where systemd has forgotten the unit already, as it does with those that nothing refers to
        why=$(systemctl status -n 0 --no-pager -l "$unit" | sed -n 's/.*\(Condition[A-Za-z]*=.*\) was not met.*/\1/p') || :
        [ -n "$why" ] || why=$(journalctl -u "$unit" -n 1 --no-pager -o cat | sed -n 's/.* skipped.* condition check (*\(Condition[A-Za-z]*=[^)]*\).*/\1/p') || :
        [ -z "$why" ] || { echo "$unit was not started: the unit's condition failed ($why)" >&2; exit 1; }
      fi
      [ "$state" = active ] || start_fails "did not stay up: it is $state"
      case $(systemctl show -p Type --value "$unit") in simple | exec | idle) sleep .2 ;; *) break ;; esac
    done
    [ "$(systemctl show -p NRestarts --value "$unit")" = "$restarts" ] || start_fails 'did not stay up: it fails again and again'
  }`
