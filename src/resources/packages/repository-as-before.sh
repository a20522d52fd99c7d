# Saves the files "$@" in the folder $before, and restores them if the shell exits before `trap - EXIT`.
# shellcheck disable=SC2154 # before: set by apt-repository.ts

back() {
  for path; do
    if [ -e "$before/${path##*/}" ]; then cp -a "$before/${path##*/}" "$path"; else rm -f "$path"; fi
  done
  rm -rf "$before"
}
trap 'back "$@"' EXIT
for path; do [ ! -e "$path" ] || cp -a "$path" "$before"; done
