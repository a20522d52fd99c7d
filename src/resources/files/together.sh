# shellcheck disable=SC2154 # before, batch: set by together.ts
# A new file is first written beside its final path, under the hidden name `DIR/.NAME.provision`: $hidden, "$@".

# Sets $path to the final path of $hidden.
place_of() {
  path=${hidden##*/.}
  path=${hidden%/*}/${path%.provision}
}

# new_file HIDDEN [TEXT]; without TEXT, writes stdin
new_file() {
  hidden=$1
  place_of
  [ -d "${hidden%/*}/" ] || {
    dir=${hidden%/*}
    echo "$path: there is no directory ${dir:-/} to put it into" >&2
    return 1
  }
  if [ -e "$1" ]; then
    this=$path
    # shellcheck disable=SC3013 # dash, bash and busybox have -ef
    hidden=$(printf '%s\n' "$batch" | while IFS= read -r twin; do
      if [ "$twin" -ef "$1" ]; then echo "$twin" && break; fi
    done)
    place_of
    echo "$this: through a link, this is the same file as $path; keep one of them in the recipe" >&2
    return 1
  fi
  if [ $# -eq 2 ]; then printf %s "$2" >"$hidden"; else cat >"$hidden"; fi || {
    echo "$path: it cannot be written" >&2
    return 1
  }
  n=$((n + 1))
}

# own_files OWNER:GROUP MODE HIDDEN…
own_files() {
  who=$1 mode=$2
  shift 2
  if chown -h "$who" "$@" 2>/dev/null && chmod "$mode" "$@"; then return 0; fi
  for hidden; do
    if chown -h "$who" "$hidden" && chmod "$mode" "$hidden"; then continue; fi
    place_of
    echo "$path: it cannot be given to $who" >&2
    found "$hidden"
    return 1
  done
}

# found HIDDEN: sets $n to the index of the file that failed
found() { n=$(($(printf '%s\n' "$batch" | grep -nxF -e "$1" | cut -d : -f 1) + before - 1)); }

# in_place HIDDEN…: renames them in order; perl, which Debian always has, does that in one process
in_place() {
  keep_acl "$@" 2>/dev/null || :
  if command -v perl >/dev/null; then
    hidden=$(printf '%s\n' "$@" | perl -nle 'm{^(.*/)\.(.*)\.provision$}s; next if rename $_, "$1$2"; print STDERR "$1$2: $!"; print; exit 1') && return
    [ -z "$hidden" ] || found "$hidden"
    return 1
  fi
  for hidden; do
    place_of
    mv -fT "$hidden" "$path" || {
      found "$hidden"
      return 1
    }
  done
}
