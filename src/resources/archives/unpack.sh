# shellcheck disable=SC2154 # marker: the name of the marker, set by unpack.ts

# mounts_in DIRECTORY: prints the file systems mounted below it. Moving the directory would move them, and removing it
# would empty them.
mounts_in() {
  findmnt -ln -o TARGET | while IFS= read -r target; do
    case $target in "$1" | "$1"/*) echo "$target" ;; esac
  done
}

# renames what others made; never removes it
aside() {
  [ -z "$(mounts_in "$1")" ] || exit 1
  mv -T -- "$1" "$1.before-$(date +%s)"
}

ours() { [ ! -L "$1" ] && [ -f "$1/$marker" ]; }

# discard DIRECTORY TRASH: renames it at once, then takes its time to remove it.
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
