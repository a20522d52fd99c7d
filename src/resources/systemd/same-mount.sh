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
