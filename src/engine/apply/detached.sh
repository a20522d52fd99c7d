# A program for `sh -c`: DIRECTORY ID OWNER SIZE MOST KEPT. Takes the run lock, then runs SIZE bytes of its input as a
# script, and reports how that ended. The log lies in memory; if it grows beyond MOST bytes, only the last KEPT bytes
# stay. Prefer double quotes here: the whole text is quoted once more.

exec 9<>"$1/lock"
flock -n 9 || {
  printf "\n%s busy %s\n" "$2" "$(cat "$1/lock")"
  exit 75
}
printf "%s pid %s since %s by %s\n" "$2" $$ "$(date -u +%FT%TZ)" "$3" >"$1/lock"
body=$(cat)
[ ${#body} -eq "$4" ] || {
  printf "\n%s void\n" "$2"
  exit
}
# shellcheck disable=SC2034 # read by what is run
run_id=$2
log=$1/$2.log
(
  while
    sleep 1
    kill -0 $$
  do
    if ! said=$(stat -c %s "$log") || [ "$said" -gt "$5" ]; then fallocate -p -o 0 -l $((said - $6)) "$log"; fi
  done
) 9>&- </dev/null >/dev/null 2>&1 &
(
  set -e
  eval "$body"
) </dev/null
s=$?
kill $! 2>/dev/null
printf "\n%s end %s\n" "$2" $s
