# full_disks: prints a line for each local file system on which daemons can write no more: where it is, a tab, and why.
# Part of one may be kept for root. What a container sees of a disk is that disk.
full_disks() {
  timeout 5 df -lk --output=avail,iavail,itotal,fstype,target 2>/dev/null | awk '
    BEGIN {
      while ((getline line <"/proc/self/mounts") > 0) {
        split(line, mount, " ")
        fixed[mount[2]] = mount[4] ~ /^ro(,|$)/
      }
    }
    NR == 1 || $4 ~ /^(squashfs|iso9660|udf|erofs|cramfs|efivarfs)$/ { next }
    {
      at = $0
      sub(/^ *[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +/, "", at)
      if (fixed[at] || at ~ /^\/(proc|sys|dev)(\/|$)/ || ($4 == "overlay" && at != "/")) next
      if ($1 < 256) print at "\tis full"
      else if ($3 > 0 && $2 == 0) print at "\thas no inodes left"
    }'
}
