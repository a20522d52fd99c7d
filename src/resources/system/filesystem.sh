# filesystem_made NAME TYPE LABEL UUID PATH…: makes the file system on an empty disk, or labels the one that exists.
filesystem_made() {
  name=$1 type=$2 label=$3 uuid=$4
  shift 4
  disk=$(disk_at "$@") || {
    echo "filesystem $name: there is no such disk on this host" >&2
    return 1
  }
  holds=$(disk_holds "$disk")
  # the disk may have changed since the plan
  case $holds in
  nothing*) make_filesystem ;;
  "fs	$type	"*) name_filesystem ;;
  *)
    echo "filesystem $name: something is on the disk, which is not overwritten" >&2
    return 1
    ;;
  esac
  # mounting by label or UUID needs udev's links
  ! command -v udevadm >/dev/null || udevadm settle --timeout=30 || :
}

make_filesystem() {
  case $type in
  ext4) mkfs.ext4 -q ${label:+-L "$label"} ${uuid:+-U "$uuid"} "$disk" ;;
  xfs) mkfs.xfs -q ${label:+-L "$label"} ${uuid:+-m "uuid=$uuid"} "$disk" ;;
  esac </dev/null >/dev/null
  sync -- "$disk"
}

# name_filesystem: sets the label, even while it is mounted
name_filesystem() {
  [ -n "$label" ] || return 0
  number=$(stat -Lc %Hr:%Lr -- "$disk")
  mounted=$(awk -v "number=$number" '$3 == number { print $5; exit }' /proc/self/mountinfo)
  case $type:$mounted in
  ext4:*) e2label "$disk" "$label" ;;
  xfs:) xfs_admin -L "$label" "$disk" >/dev/null ;;
  xfs:*) xfs_io -c "label -s $label" "$(printf '%b' "$mounted")" >/dev/null ;;
  esac
}
