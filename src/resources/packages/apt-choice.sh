# shellcheck disable=SC2154 # old: set by apt.sh, where that is there; nl: by apt-choice.ts

apt_cache() { apt-cache -o APT::Cmd::Pattern-Only=true "$@"; }

# Is there a package of exactly this name? The part after a colon is its architecture
known() {
  case $1 in
  *:*)
    [ "${1#*:}" = "$(dpkg --print-architecture)" ] ||
      dpkg --print-foreign-architectures | grep -qxF -e "${1#*:}" || return 1
    ;;
  esac
  apt-cache pkgnames "${1%:*}" | grep -qxF -e "${1%:*}"
}

candidate() { known "$1" && apt_cache policy "$1" | sed -n 's/^  Candidate: //p' | grep -vxF '(none)'; }
offers() { ! known "$1" || apt_cache madison "$1" | cut -d '|' -f 2 | tr -d ' ' | uniq; }

# ask_of NAME…: asks apt about all names at once; `choose` asks about others when their turn comes. Sets $candidates to
# lines `NAME VERSION`, which apt_refresh clears
ask_of() {
  names=$(printf '%s\n' "$@" | grep -v :) || :
  names=$(apt-cache pkgnames | grep -xF -e "$names") || :
  # shellcheck disable=SC2086 # words
  [ -z "$names" ] || candidates=$(apt_cache policy $names |
    awk '/^[^ ]/ { name = substr($0, 1, length - 1) } /^  Candidate: / && $2 != "(none)" { print name, $2 }')
}

# choose NAME PATTERN: sets $version. As for apt, pins have a say only where none is named
choose() {
  version=
  if [ "$2" = '*' ]; then
    version=$nl$candidates$nl
    case $version in
    *"$nl$1 "*) version=${version#*"$nl$1 "} version=${version%%"$nl"*} ;;
    *) version=$(candidate "$1") || return 1 ;;
    esac
    return 0
  fi
  for v in $(offers "$1"); do
    # shellcheck disable=SC2254 # a pattern
    case $v in $2) [ -n "$version" ] && dpkg --compare-versions "$v" le "$version" || version=$v ;; esac
  done
  [ -n "$version" ]
}

# pinned_away: prints the files with a pin that forbids versions
pinned_away() { grep -lsiE '^pin-priority:[[:space:]]*-' /etc/apt/preferences /etc/apt/preferences.d/* | paste -sd ' '; }

# lacking NAME PATTERN: gives up with a sentence that says why the package is not available
lacking() {
  case $1 in
  *:*)
    dpkg --print-foreign-architectures | grep -qxF -e "${1#*:}" || [ "${1#*:}" = "$(dpkg --print-architecture)" ] ||
      give_up "package $1: the host takes no packages of ${1#*:}: run dpkg --add-architecture ${1#*:} there before"
    ;;
  esac
  offers=$(offers "$1" | head -n 8 | tr '\n' ' ')
  [ -z "$offers" ] || [ "$2" != '*' ] ||
    give_up "package $1: pins of apt with a priority below 0 forbid every version that its repositories have (${offers% }): see $(pinned_away)"
  [ -z "$offers" ] || give_up "package $1: no repository of this host has version $2; they have: ${offers% }$old"
  makers=$(apt_cache showpkg "$1" 2>/dev/null | sed -n '/^Reverse Provides:/,$ { /^Reverse/d; s/ .*//; /:/d; p; }' | sort -u | head -n 8 | tr '\n' ' ')
  [ -z "$makers" ] || give_up "package $1: this is only a name that other packages provide; write one of: ${makers% }$old"
  give_up "package $1: no repository of this host has it; is it spelt right, and its aptRepository listed before it?$old"
}
