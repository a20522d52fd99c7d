# Keeps the files "$@" in the folder $before: where the shell ends before `trap - EXIT`, they are put back.
# shellcheck disable=SC2154 # before: set by apt-repository.ts

back() {
  for path; do
    if [ -e "$before/${path##*/}" ]; then cp -a "$before/${path##*/}" "$path"; else rm -f "$path"; fi
  done
  rm -rf "$before"
}
trap 'back "$@"' EXIT
for path; do [ ! -e "$path" ] || cp -a "$path" "$before"; done
