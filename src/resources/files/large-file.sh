# shellcheck disable=SC2154,SC2034 # line: read by the caller; unread: a line of look-at-files.ts; arrived: the folder of uploads, set after the script that they were for

# look_at_large "DIGEST SIZE PATH": sets $line for look_at_files. A file is not read if it has another size, or if it is
# what has just arrived, whose digest was computed then: the same inode, and nobody has written to it since.
look_at_large() {
  sum=${1%% *} size=${1#* }
  name=${size#* } size=${size%% *}
  line="$sum  $name"
  if [ ! -f "$name" ] || [ -L "$name" ]; then return; fi
  is=$(stat -c '%s %d %i %y' -- "$name") || return 0
  if [ "${is%% *}" != "$size" ]; then
    printf '%s\tdiffers\n' "$name"
    line="$unread  $name"
  elif [ -n "${arrived-}" ] && [ "$is" = "$(cat "$arrived/$sum.at" 2>/dev/null)" ]; then
    line="$unread  $name"
  fi
}
