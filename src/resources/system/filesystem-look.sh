# disk_at PATH…: prints the first path that exists
disk_at() {
  for each in "$@"; do
    if [ -e "$each" ]; then
      printf '%s\n' "$each"
      return
    fi
  done
  return 1
}

# disks_here: lists this host's disks, so that a user can correct a wrong name
disks_here() {
  for each in /dev/disk/by-id/*; do
    case $each in *'*' | *-part*) ;; *) printf '%s ' "${each##*/}" ;; esac
  done
}

# disk_user DISK: prints what uses it: partitions, a layer above it, a mount, swap; nothing if it is unused
disk_user() {
  number=$(stat -Lc %Hr:%Lr -- "$1")
  for each in "/sys/dev/block/$number"/*/partition; do
    [ ! -e "$each" ] || { echo 'it has partitions' && return; }
  done
  for each in "/sys/dev/block/$number"/holders/*; do
    [ ! -e "$each" ] || { echo "$(cat "$each/dm/name" 2>/dev/null || echo "${each##*/}") lies over it" && return; }
  done
  where=$(awk -v "number=$number" '$3 == number { print $5; exit }' /proc/self/mountinfo)
  [ -z "$where" ] || { echo "it is mounted at $where" && return; }
  # swap is listed by path, which may be another path of the same disk
  while read -r path _; do
    if [ -b "$path" ] && [ "$(stat -Lc %Hr:%Lr -- "$path")" = "$number" ]; then
      echo 'it is in use as swap'
      return
    fi
  done </proc/swaps
}

# not_zeros: counts the bytes of stdin that are not zero
not_zeros() { tr -d '\000' | wc -c; }

# disk_holds DISK: prints fields: fs TYPE LABEL UUID; some WHAT; or nothing SIZE, if its first 4 MiB and its last one
# are zeros, no tool recognises any content, and it is unused
disk_holds() {
  code=0
  known=$(blkid -p -o udev -- "$1" 2>/dev/null) || code=$?
  value() { printf '%s\n' "$known" | sed -n "s/^ID_$1=//p"; }
  if [ "$code" = 8 ] || [ -n "$(value FS_AMBIVALENT)" ]; then
    printf 'some\tsignatures of several kinds\n'
  elif [ -n "$(value PART_TABLE_TYPE)" ]; then
    printf 'some\ta partition table (%s)\n' "$(value PART_TABLE_TYPE)"
  elif [ "$(value FS_USAGE)" = filesystem ]; then
    printf 'fs\t%s\t%s\t%s\n' "$(value FS_TYPE)" "$(value FS_LABEL_ENC)" "$(value FS_UUID)"
  elif [ -n "$(value FS_TYPE)" ]; then
    printf 'some\t%s\n' "$(value FS_TYPE)"
  elif user=$(disk_user "$1") && [ -n "$user" ]; then
    printf 'used\t%s\n' "$user"
  else
    size=$(blockdev --getsize64 "$1") || return
    last=$((size > 1048576 ? size - 1048576 : 0))
    if [ "$({ head -c 4194304 -- "$1" && tail -c "+$((last + 1))" -- "$1"; } | not_zeros)" = 0 ]; then
      printf 'nothing\t%s\n' "$size"
    else
      printf 'some\tdata of a kind that nobody knows\n'
    fi
  fi
}

# look_at_filesystem NAME PATH…: prints the disk and its content
look_at_filesystem() {
  name=$1
  shift
  if ! disk=$(disk_at "$@"); then
    printf '%s\tgone\t%s\n' "$name" "$(disks_here)"
  elif [ ! -b "$disk" ]; then
    printf '%s\tother\n' "$name"
  elif ! command -v blkid >/dev/null; then
    printf '%s\t!\tthere is no blkid on this host: install the package util-linux\n' "$name"
  else
    holds=$(disk_holds "$disk") && printf '%s\t%s\n' "$name" "$holds"
  fi
}
