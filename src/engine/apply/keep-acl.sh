# shellcheck disable=SC2154 # seen: set by hindered.ts, a file in root's own folder

# keep_acl HIDDEN…: gives new files, `DIR/.NAME.provision`, the access control lists of those that they are about to
# replace, as sed -i does; the group's bits of the new mode become the mask. The list gets that mask before it reaches
# the new file, which would otherwise have the old mode for a moment
keep_acl() {
  olds=$(for hidden; do
    path=${hidden##*/.}
    path=${hidden%/*}/${path%.provision}
    [ ! -f "$path" ] || printf '%s\n' "$path"
  done)
  [ -n "$olds" ] || return 0
  printf '%s\n' "$olds" | xargs -d '\n' ls -dNl --time-style=+ | sed -n 's/^-.\{9\}+[^/]*//p' | while IFS= read -r path; do
    hidden=${path%/*}/.${path##*/}.provision
    cp --attributes-only --preserve=mode -- "$path" "$seen.acl"
    chmod --reference="$hidden" "$seen.acl"
    cp --attributes-only --preserve=mode -- "$seen.acl" "$hidden"
    rm -f "$seen.acl"
  done
}
