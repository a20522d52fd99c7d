# What dpkg knows of $names; "$@" is the command that finds them in dpkg's list. A shell reads a pipe byte by byte, so
# other packages are filtered out before. A package for all architectures also matches its name with the machine's own.
# shellcheck disable=SC2154 # names: with a space around each, native: the machine's architecture, both set by pkg.ts; tab: beside dpkg_list in apt.ts
cut=no
for f in /var/lib/dpkg/updates/[0-9]*; do [ ! -e "$f" ] || cut=yes; done
list=$(dpkg_list)
for name in $names; do printf '%s\t%s\tnone\n' "$name" "$cut"; done
printf '%s\n' "$list" | grep "$@" | while IFS=$tab read -r name status version arch; do
  [ "$arch" != all ] || arch=$native
  for name in "$name" "$name:$arch"; do
    case $names in *" $name "*) printf '%s\t%s\t%s\t%s\n' "$name" "$cut" "$status" "$version" ;; esac
  done
done
