# shellcheck disable=SC2154 # supported: set by locale.ts, the list of all locales

# look_at_locales NAME ARCHIVED LINE …: prints whether each is generated, listed, and named by a default, and the values
# of LANG and LC_ALL
look_at_locales() {
  all=$(locale -a 2>/dev/null)
  defaults=$(tr -d "\"'" 2>/dev/null </etc/default/locale) || :
  lang=$(printf '%s\n' "$defaults" | sed -n 's/^LANG=//p' | tail -n 1)
  over=$(printf '%s\n' "$defaults" | sed -n 's/^LC_ALL=//p' | tail -n 1)
  while [ $# -gt 0 ]; do
    made=$(printf '%s\n' "$all" | grep -ixF -e "$2") || :
    listed=$(grep -sxE "[[:space:]]*$(printf %s "$3" | sed 's/[.]/[.]/g')[[:space:]]*" /etc/locale.gen) || :
    named=$(printf '%s\n' "$defaults" | sed -n 's/^\(LANG\|LC_[A-Z]*\)=//p' | grep -xF -e "$1") || :
    printf '%s\tis\t%s\t%s\t%s\t%s\t%s\n' "$1" "${made:+made}" "${listed:+listed}" "$lang" "${named:+named}" "$over"
    shift 3
  done
}

# known_locale NAME ARCHIVED CHARSET: fails with the reason in $why; CHARSET is empty for a locale of the C library
known_locale() {
  ! locale -a | grep -qixF -e "$2" || return 0
  if [ -z "$3" ]; then
    why='the host does not have it, and only package libc-bin can bring it; install that anew, or choose C.UTF-8'
  elif [ ! -e "$supported" ]; then
    why='package locales is not there; list it before'
  else
    why='the host knows no such locale'
    ! grep -qxF -e "$1 $3" "$supported" || return 0
  fi
  return 1
}

# foresee_locale NAME ARCHIVED CHARSET: the absence of the package is told otherwise
foresee_locale() {
  known_locale "$@" || { [ -n "$3" ] && [ ! -e "$supported" ]; } || printf '!\t%s\t%s\n' "$1" "$why"
}

# make_locale NAME ARCHIVED CHARSET
make_locale() {
  known_locale "$@" || {
    echo "locale $1: $why" >&2
    return 1
  }
  if [ -z "$3" ] || locale -a | grep -qixF -e "$2"; then return 0; fi
  localedef -c -i "${1%.*}" -f "$3" -A /usr/share/locale/locale.alias "$1"
}
