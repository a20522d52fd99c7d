# lost_options UNIT SHOWN NOT: is it mounted without an option of SHOWN, or with one of NOT?
lost_options() {
  systemctl -q is-active "$1" || return 1
  is=,$(systemctl show -p Options --value "$1"),
  for flag in $2; do case $is in *",$flag,"*) ;; *) return 0 ;; esac done
  for flag in $3; do case $is in *",$flag,"*) return 0 ;; esac done
  return 1
}

# same_mount PATH WHAT OPTIONS: is WHAT mounted at PATH?
same_mount() {
  # shellcheck disable=SC3013 # -ef: dash has it, and busybox
  case ,$3, in *,bind,* | *,rbind,*)
    [ "$1" -ef "$2" ]
    return
    ;;
  esac
  device=$2
  for by in uuid label partuuid partlabel; do
    case $2 in "$(echo "$by" | tr '[:lower:]' '[:upper:]')="*) device=/dev/disk/by-$by/${2#*=} ;; esac
  done
  [ -b "$device" ] && [ "$(stat -Lc %Hr:%Lr -- "$device")" = "$(stat -c %Hd:%Ld -- "$1")" ]
}

# is_mounted PLACE: does the kernel have something mounted there? PLACE as mountinfo spells it. systemd may say
# otherwise for a second or more, because it limits how often it listens to a kernel that mounts much (as for Docker).
is_mounted() {
  while read -r _ _ _ _ where _; do
    [ "$where" != "$1" ] || return 0
  done </proc/self/mountinfo
  return 1
}

# until_told PLACE UNIT: waits until systemd knows whether something is mounted there, at most ten seconds. Until then,
# it would start a unit that it takes for active, without a word and without a mount.
until_told() {
  n=0
  while [ $n -lt 100 ]; do
    if systemctl -q is-active "$2"; then ! is_mounted "$1" || return 0; else is_mounted "$1" || return 0; fi
    sleep .1
    n=$((n + 1))
  done
}
