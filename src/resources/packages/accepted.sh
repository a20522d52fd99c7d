# Fails unless apt can read its lists; if another list names the same repository, names that list.
# shellcheck disable=SC2154 # name: of the repository, sources: its list; both set by apt-repository.ts
said=$(apt-get indextargets 2>&1 >/dev/null) || {
  reason=$(printf '%s\n' "$said" | sed -n 's/^E: //p' | head -n 1)
  other=
  # shellcheck disable=SC2013 # words
  for uri in $(sed -n 's/^URIs: //p' "$sources"); do
    other=$(grep -lF -e "${uri%/}" /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -vxF -e "$sources" | tr '\n' ' ') || :
    [ -z "$other" ] || break
  done
  [ -z "$other" ] || other=". The same repository stands in ${other% }: let the recipe remove that before."
  printf '%s\n' "aptRepository $name: with it apt cannot read its lists any more, so it was taken back: ${reason:-$said}$other" >&2
  exit 1
}
