# shellcheck disable=SC2154 # marker: the name of the marker, set by unpack.ts

# mounts_in DIRECTORY: prints the file systems that are mounted there. They are somebody's: they would be moved along,
# and
# emptied with the rest.
mounts_in() {
  findmnt -ln -o TARGET | while IFS= read -r target; do
    case $target in "$1" | "$1"/*) echo "$target" ;; esac
  done
}

# What somebody else made is renamed, never removed.
aside() {
  [ -z "$(mounts_in "$1")" ] || exit 1
  mv -T -- "$1" "$1.before-$(date +%s)"
}

ours() { [ ! -L "$1" ] && [ -f "$1/$marker" ]; }

# discard DIRECTORY TRASH: out of the way at once, then removed at leisure.
discard() {
  [ -z "$(mounts_in "$1")" ] || exit 1
  if ours "$1"; then
    rm -rf --one-file-system -- "$2"
    mv -T -- "$1" "$2"
  else
    rmdir -- "$1" 2>/dev/null || aside "$1"
  fi
}

# needs TOOL PACKAGE
needs() {
  command -v "$1" >/dev/null || give_up "the host has no $1 to unpack this with; list the package $2 before"
}
