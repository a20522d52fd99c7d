# shellcheck disable=SC2154 # downloads: set by download.ts; silence: by awake.ts

# check_sum ALGORITHM HEX FILE
check_sum() { printf '%s  %s\n' "$2" "$3" | "${1}sum" -c --status - 2>/dev/null; }

# download URL ALGORITHM HEX
download() {
  download=$downloads/$3
  # shellcheck disable=SC2174 # both are named
  mkdir -p -m 0700 "${downloads%/*}" "$downloads"
  ! check_sum "$2" "$3" "$download" || return 0
  command -v curl >/dev/null || give_up "$1 cannot be fetched: the host has no curl; list the package curl before"
  # shellcheck disable=SC2034 # counts only
  for try in 1 2; do
    status=0
    # resume an earlier download; start over if the server cannot resume, or the checksum is wrong
    if [ -s "$download" ] && fetch "$1" -C - && check_sum "$2" "$3" "$download"; then return 0; fi
    if [ "$status" != 124 ]; then
      rm -f "$download"
      fetch "$1" || :
    fi
    [ "$status" = 124 ] || break
  done
  case $status in
  0) ;;
  124) give_up "$1 cannot be fetched: nothing had come in for $silence s, twice; what has come in is kept for the next run" ;;
  *) give_up "$1 cannot be fetched: $(tail -n 1 "$download.curl")" ;;
  esac
  check_sum "$2" "$3" "$download" || {
    is=$("${2}sum" "$download" | cut -d ' ' -f 1)
    rm -f "$download"
    give_up "$1 is not what is wanted: its $2 is $is, not $3"
  }
}

# fetch URL [OPTION…]: sets $status. Gives up only on a silent link, not on a slow one; -N shows every byte at once
fetch() {
  url=$1
  shift
  status=0
  awake "$downloads" curl -q -fsSLN --retry 3 --retry-connrefused --connect-timeout 15 "$@" -o "$download" -- "$url" 2>"$download.curl" || status=$?
  [ "$status" != 0 ] || rm -f "$download.curl"
  return "$status"
}
