# shellcheck disable=SC2154 # kept: the directory, set by kept.ts

# keep_files UNIT PATH…: saves the files that a running unit was started with. Files saved earlier in this boot stay.
keep_files() {
  read -r boot </proc/sys/kernel/random/boot_id
  if systemctl -q is-active "$1"; then runs=yes; else runs=; fi
  shift
  if [ -e "$kept" ] && { [ -z "$runs" ] || [ "$(cat "$kept/boot" 2>/dev/null)" != "$boot" ]; }; then rm -rf "$kept"; fi
  [ -n "$runs" ] || return 0
  # shellcheck disable=SC2174 # those above are there
  mkdir -p -m 700 "$kept"
  printf '%s\n' "$boot" >"$kept/boot"
  for path in "$@"; do
    if [ -e "$kept/was$path" ] || [ -e "$kept/none$path" ]; then continue; fi
    if [ -e "$path" ]; then kind=was; else kind=none; fi
    mkdir -p "$kept/$kind${path%/*}"
    if [ $kind = none ]; then
      : >"$kept/none$path"
      continue
    fi
    cp -a "$path" "$kept/new"
    mv -fT "$kept/new" "$kept/was$path"
  done
}
