# dpkg_list: NAME<TAB>ABBREVIATED STATUS<TAB>VERSION<TAB>ARCHITECTURE of every package
# shellcheck disable=SC2154 # tab: set by apt.ts
dpkg_list() {
  [ -s /var/lib/dpkg/status ] || {
    echo 'dpkg has no database: /var/lib/dpkg/status is missing or empty' >&2
    return 1
  }
  arch=$(dpkg --print-architecture) || return 1
  # shellcheck disable=SC2016 # for dpkg-query
  all=$(dpkg-query -W -f='${Package}\t${db:Status-Abbrev}\t${Version}\t${Architecture}\n') || return 1
  printf '%s\n' "$all" | sed "/$tab$arch\$/b;/${tab}all\$/b;s/^\([^$tab]*\)\(.*$tab\)\(.*\)\$/\1:\3\2\3/"
}
