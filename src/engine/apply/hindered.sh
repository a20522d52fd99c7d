# shellcheck disable=SC2154 # seen: set by hindered.ts, the file in which `room` notes what it sees

# room PATH: notes how much room there is where PATH is made, before what is half made of it goes
room() { stat -f -c '%a %f %S %d %c' -- "${1%/*}/" >"$seen" 2>/dev/null || :; }

# no_room: sets $full where none was left. Of what is kept for root, systems leave some unused
no_room() {
  full=
  read -r free all size inodes of <"$seen" || return 1
  if [ $((free * size)) -lt 16384 ] && [ $((all * size)) -le 33554432 ]; then
    full='is full'
  elif [ "$of" != 0 ] && [ "$inodes" = 0 ]; then
    full='has no inodes left'
  fi
  [ -n "$full" ]
}

# locked PATH [OPTION]: prints `FLAG PATH` of the first that has one of the attributes under which nobody may change it
locked() {
  timeout 10 lsattr "${2:--d}" -- "$1" 2>/dev/null | awk '
    $1 ~ /^[^\/]*[ai]/ { flag = $1 ~ /i/ ? "i" : "a"; sub(/^[^ ]+ +/, ""); print flag " " $0; exit }'
}

# hindered PATH…: says in one sentence what stands in the way at one of these, where that can be seen.
# One that ends in /. is changed where it is; the others are replaced or removed
hindered() {
  for path; do
    place=${path%/.} near=${path%/.}
    until [ -e "$near" ]; do
      near=${near%/*}
      near=${near:-/}
    done
    holder=${place%/*}
    lock=$(locked "$place")
    [ -n "$lock" ] || lock=$(locked "${holder:-/}")
    [ -n "$lock" ] || [ "$place" != "$path" ] || [ ! -d "$place" ] || lock=$(locked "$place" -aR)
    options=$(findmnt -n -o OPTIONS -T "$near" | tail -n 1)
    [ -s "$seen" ] || room "$near/"
    if [ -n "$lock" ]; then
      echo "${lock#* } is locked (chattr +${lock%% *}): unlock it with chattr -${lock%% *} and run again, or leave $place out of the recipe"
    elif case ,$options, in *,ro,*) ;; *) false ;; esac then
      echo "$place cannot be written: $(findmnt -n -o TARGET -T "$near" | tail -n 1) is mounted read-only; mount it to be written to and run again"
    elif [ "$place" = "$path" ] && mountpoint -q -- "$place"; then
      echo "$place is a mount point (of $(findmnt -n -o SOURCE -- "$place" | tail -n 1)), which can be neither replaced nor removed: unmount it and run again, or leave it out of the recipe"
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
