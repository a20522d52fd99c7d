# look_at_units UNIT …: sets left to yes if the host has said goodbye, and on to the units that run or would after a
# boot.
# shellcheck disable=SC2154,SC2034 # mark: set by retired.ts, which prints left and on
look_at_units() {
  left=no on=
  [ ! -e "$mark" ] || left=yes
  [ -d /run/systemd/system ] || return 0
  for unit; do
    active=$(systemctl show -p ActiveState --value -- "$unit")
    enabled=$(systemctl show -p UnitFileState --value -- "$unit")
    case $active,$enabled in
    inactive,enabled* | failed,enabled*) on="$on$unit " ;;
    inactive,* | failed,*) ;;
    *) on="$on$unit " ;;
    esac
  done
}
