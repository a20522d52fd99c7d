# shellcheck disable=SC2154 # downloads: set by download.ts

# check_sum ALGORITHM HEX FILE
check_sum() { printf '%s  %s\n' "$2" "$3" | "${1}sum" -c --status - 2>/dev/null; }

# download URL ALGORITHM HEX
download() {
  download=$downloads/$3
  # shellcheck disable=SC2174 # both are named
  mkdir -p -m 0700 "${downloads%/*}" "$downloads"
  ! check_sum "$2" "$3" "$download" || return 0
  command -v curl >/dev/null || give_up "$1 cannot be fetched: the host has no curl; list the package curl before"
  # the rest of an earlier try first; from the start where the server cannot do that, or the sum says that it is no good
  if [ -s "$download" ] && fetch "$1" -C - && check_sum "$2" "$3" "$download"; then return 0; fi
  rm -f "$download"
  fetch "$1" || give_up "$1 cannot be fetched: $(tail -n 1 "$download.curl")"
  check_sum "$2" "$3" "$download" || {
    is=$("${2}sum" "$download" | cut -d ' ' -f 1)
    rm -f "$download"
    give_up "$1 is not what is wanted: its $2 is $is, not $3"
  }
}

# fetch URL [OPTION…]: only a silent link is given up, not a slow one
fetch() {
  url=$1
  shift
  status=0
  curl -q -fsSL --retry 3 --retry-connrefused --connect-timeout 20 --speed-limit 1 --speed-time 60 "$@" -o "$download" -- "$url" 2>"$download.curl" || status=$?
  [ "$status" != 0 ] || rm -f "$download.curl"
  return "$status"
}
