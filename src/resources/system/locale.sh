# look_at_locales NAME ARCHIVED LINE …: prints whether each is generated and listed, and the value of LANG
look_at_locales() {
  all=$(locale -a 2>/dev/null)
  lang=$(sed -n 's/^LANG=//p' /etc/default/locale 2>/dev/null | tail -n 1 | tr -d '"')
  while [ $# -gt 0 ]; do
    made=$(printf '%s\n' "$all" | grep -ixF -e "$2") || :
    listed=$(grep -sxE "[[:space:]]*$(printf %s "$3" | sed 's/[.]/[.]/g')[[:space:]]*" /etc/locale.gen) || :
    printf '%s\tis\t%s\t%s\t%s\n' "$1" "${made:+made}" "${listed:+listed}" "$lang"
    shift 3
  done
}

# make_locale NAME ARCHIVED CHARSET
make_locale() {
  ! locale -a | grep -qixF -e "$2" || return 0
  grep -qsxF -e "$1 $3" /usr/share/i18n/SUPPORTED || {
    if [ -e /usr/share/i18n/SUPPORTED ]; then
      echo "locale $1: the host knows no such locale" >&2
    else
      echo "locale $1: package locales is not there; list it before" >&2
    fi
    return 1
  }
  localedef -c -i "${1%.*}" -f "$3" -A /usr/share/locale/locale.alias "$1"
}

# has_built_in NAME ARCHIVED
has_built_in() {
  locale -a | grep -qixF -e "$2" || {
    echo "locale $1: the host does not have it, and only package libc-bin can bring it; install that anew, or choose C.UTF-8" >&2
    return 1
  }
}
