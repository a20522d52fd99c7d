# swap_there PATH [MB]: fails if the path holds something other than swap.
swap_there() {
  [ -e "$1" ] || [ -L "$1" ] || {
    [ $# = 2 ] || echo "swap $1: there is no such device on this host" >&2
    [ $# = 2 ]
    return
  }
  [ -z "$(swap_priority "$1")" ] || return 0
  case $#:$(swap_content "$1") in
  *:swap) ;;
  1:nothing) mkswap -- "$1" >/dev/null ;;
  *)
    echo "swap $1: something else is there, which is not overwritten" >&2
    return 1
    ;;
  esac
}

# too_large PATH MB: fails if a file of that size has room beside what is there; else says how much there is
too_large() {
  left=$(df -Pk -- "${1%/*}/" 2>/dev/null | awk -v mb="$2" 'NR == 2 && $4 < mb * 1024 { printf "%d", $4 / 1024 }')
  [ -n "$left" ] && printf 'its file system has room for %s MiB, not for %s' "$left" "$2"
}

# foresee_off PATH: warns, like foresee, if apply could not turn it off
foresee_off() {
  why=$(too_used "$1")
  [ -z "$why" ] || printf '!\t%s\tit cannot be turned off: %s\n' "$1" "$why"
}

# foresee_swap PATH MB: warns, like foresee, if apply would refuse to create the file
foresee_swap() {
  [ "$(stat -c %s -- "$1" 2>/dev/null)" = "$(($2 * 1048576))" ] || foresee_off "$1"
  [ "$(stat -c %s -- "$1" 2>/dev/null)" = "$(($2 * 1048576))" ] || ! why=$(too_large "$@") || printf '!\t%s\t%s\n' "$1" "$why"
}

# too_used PATH: says so if what active swap holds has no room in memory and in other swap: the kernel would end
# processes to make some
too_used() {
  awk -v "name=$(readlink -f -- "$1")" '
    FILENAME ~ /swaps$/ { if ($1 == name) used = $4; else if (FNR > 1) room += $3 - $4 }
    $1 == "MemAvailable:" { room += $2 }
    END { if (used > room) printf "it holds %d MiB, and elsewhere there is room for %d", used / 1024, room / 1024 }' /proc/swaps /proc/meminfo
}

# swap_off PATH: turns it off, if it is on
swap_off() {
  [ -n "$(swap_priority "$1")" ] || return 0
  why=$(too_used "$1")
  if [ -z "$why" ]; then
    why=$(swapoff -- "$1" 2>&1) && return
    why=${why##*: }
  fi
  echo "swap $1: it cannot be turned off: $why" >&2
  return 1
}

# swap_taken PATH [NAME [PRIORITY]]: turns it on, or says that the kernel does not take what is to be NAME
swap_taken() {
  said=$(swapon ${3:+-p "$3"} -- "$1" 2>&1) || {
    echo "swap ${2:-$1}: the kernel does not take it: ${said##*: } (some file systems cannot hold swap, and a container has none of its own)" >&2
    return 1
  }
}

# swap_file PATH MB: creates a file of that size unless it exists. An old one stays until the kernel has taken the new.
swap_file() {
  if [ -e "$1" ] && [ "$(stat -c %s -- "$1")" = "$(($2 * 1048576))" ]; then
    chown root:root -- "$1"
    chmod 600 -- "$1"
    return
  fi
  ! why=$(too_large "$@") || {
    echo "swap $1: $why" >&2
    return 1
  }
  (
    hidden=${1%/*}/.${1##*/}.provision
    # one that a killed run left on cannot be removed
    swap_off "$hidden"
    trap 'swapoff -- "$hidden" 2>/dev/null || :; room "$hidden" 2>/dev/null || :; rm -f -- "$hidden"' EXIT
    rm -f -- "$hidden"
    (
      umask 077
      : >"$hidden"
    )
    # a copy-on-write file system cannot hold swap
    chattr +C "$hidden" 2>/dev/null || :
    fallocate -l "$2M" "$hidden" 2>/dev/null || dd if=/dev/zero of="$hidden" bs=1M count="$2" status=none
    mkswap -- "$hidden" >/dev/null
    swap_taken "$hidden" "$1"
    # active swap cannot be renamed
    swapoff -- "$hidden"
    swap_off "$1"
    mv -fT -- "$hidden" "$1"
    trap - EXIT
  )
}

# swap_on PATH PRIORITY: turns it on with that priority; an empty one means any
swap_on() {
  is=$(swap_priority "$1")
  [ -z "$is" ] || [ "$is" != "${2:-$is}" ] || return 0
  swap_off "$1" && swap_taken "$1" "$1" "$2"
}

# swap_gone PATH: removes a file, unless it holds something else; a device stays as it is.
swap_gone() {
  swap_off "$1" || return
  [ -f "$1" ] || return 0
  [ "$(swap_content "$1")" = swap ] || {
    echo "swap $1: something else is there, which is not removed" >&2
    return 1
  }
  rm -f -- "$1"
}
