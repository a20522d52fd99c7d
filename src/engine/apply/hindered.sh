# shellcheck disable=SC2154 # seen: set by hindered.ts, the file in which `room` notes what it sees; some_grow, too

# room PATH: records the free space in PATH's directory, and PATH, before cleanup removes half-written files
room() { if stat -f -c '%a %f %S %d %c %b' -- "${1%/*}/" >"$seen" 2>/dev/null; then printf '%s\n' "$1" >>"$seen"; fi; }

# no_room: sets $full if the disk was full. File systems leave part of root's reserve unused
no_room() {
  full=
  read -r free all size inodes of blocks <"$seen" || return 1
  # the kernel's own file systems have none
  [ "$blocks" != 0 ] || return 1
  if [ $((free * size)) -lt 16384 ] && [ $((all * size)) -le 33554432 ]; then
    full='is full'
  elif [ "$of" != 0 ] && [ "$inodes" = 0 ]; then
    full='has no inodes left'
  fi
  [ -n "$full" ]
}

# flagged MASK: of the files that stdin names, each ended by a NUL, prints `FLAG PATH` for the first that has an
# attribute of MASK (0x10 i, 0x20 a). perl, which Debian always has, asks the kernel (FS_IOC_GETFLAGS); lsattr may be
# missing
flagged() {
  # shellcheck disable=SC2016 # perl's variables
  ! command -v perl >/dev/null || timeout 10 perl -0 -sne 'chomp; my $flags = pack "L!", 0; my $word = length $flags == 8 ? 0x80086601 : 0x80046601;
    next unless open my $file, "<", $_; next unless ioctl $file, $word, $flags; $flags = $mask & unpack "L!", $flags or next;
    print $flags & 0x10 ? "i" : "a", " $_\n"; exit' -- "-mask=$1" 2>/dev/null || :
}

# locked PATH [WORD]: the same for this file or, with a WORD, for all below it, too. A FIFO would hang perl
locked() {
  deep='-maxdepth 0'
  [ $# = 1 ] || deep=''
  # shellcheck disable=SC2086 # deep: words
  find "$1" $deep -xdev \( -type f -o -type d \) -print0 2>/dev/null | flagged 48
}

# only_grows PATH…: fails with a message if a file made beside one of these could never be renamed or removed, because
# its directory has the attribute a (append only)
only_grows() {
  [ -n "$some_grow" ] || return 0
  grows=$(for path; do
    holder=${path%/*}
    printf '%s\0' "${holder:-/}"
  done | flagged 32)
  [ -z "$grows" ] || {
    echo "${grows#* } is locked (chattr +a): unlock it with chattr -a and run again, or leave what is in it out of the recipe" >&2
    return 1
  }
}

# look_for_growing PATH…: the same check for many steps at once; only if one is blocked do single steps repeat it
look_for_growing() {
  some_grow=yes
  ! only_grows "$@" 2>/dev/null || some_grow=
}

# mounted_below PATH: prints the first mount point below it
mounted_below() {
  findmnt -ln -o TARGET | while IFS= read -r target; do
    case $target in "$1"/*) echo "$target" && break ;; esac
  done
}

# hindered PATH…: says in one sentence what blocks a change at one of these paths, if that can be seen. The path's
# ending says how the step changes it: `/.` in place, `/*` its entries are removed, too, `/-` a tool changes it as a
# side effect; any other path is replaced or removed
hindered() {
  # of several, the one that was being written is asked about first
  was=$(sed -n 2p "$seen" 2>/dev/null)
  for path; do
    if [ "${path%/*}/.${path##*/}.provision" = "$was" ]; then set -- "$path" "$@"; fi
  done
  for path; do
    place=${path%/[.*-]}
    case $path in "$place/-") leave='' ;; *) leave=", or leave $place out of the recipe" ;; esac
    near=$place
    until [ -e "$near" ] || [ -L "$near" ]; do
      near=${near%/*}
      near=${near:-/}
    done
    holder=${place%/*}
    lock=$(locked "$place")
    [ -n "$lock" ] || lock=$(locked "${holder:-/}")
    case $path in "$place/"[.-]) ;; *) [ -n "$lock" ] || [ ! -d "$place" ] || lock=$(locked "$place" deep) ;; esac
    mounted=''
    case $path in "$place/"[.-]) ;; *) mounted=$(mounted_below "$place") ;; esac
    if [ "$place" = "$path" ] && mountpoint -q -- "$place"; then mounted=$place; fi
    options=$(findmnt -n -o OPTIONS -T "$near" | tail -n 1)
    [ -s "$seen" ] || room "$near/"
    if [ -n "$lock" ]; then
      echo "${lock#* } is locked (chattr +${lock%% *}): unlock it with chattr -${lock%% *} and run again$leave"
    elif case ,$options, in *,ro,*) ;; *) false ;; esac then
      echo "$place cannot be written: $(findmnt -n -o TARGET -T "$near" | tail -n 1) is mounted read-only; mount it to be written to and run again"
    elif [ "$near" != "$place" ] && [ ! -d "$near" ]; then
      if broken=$(broken_link "$near"); then
        echo "$place cannot be made: $broken; fix the link and run again, or correct the path"
      else
        echo "$place cannot be made: $near is not a directory; move it away and run again, or correct the path"
      fi
    elif [ -n "$mounted" ]; then
      echo "$mounted is a mount point (of $(findmnt -n -o SOURCE -- "$mounted" | tail -n 1)), which can be neither replaced nor removed: unmount it and run again$leave"
    elif no_room; then
      echo "$place cannot be written: the file system at $(findmnt -n -o TARGET -T "$near" | tail -n 1) $full; make room and run again"
    else
      rm -f "$seen"
      continue
    fi
    break
  done >&2
  rm -f "$seen"
}
