# shellcheck disable=SC2154 # silence, counts, busy: set by awake.ts

# awake TRACES COMMAND…
awake() {
  traces=$1
  shift
  setsid "$@" &
  worker=$!
  (
    quiet=0 files='' ticks=0
    while
      sleep 3 >/dev/null 2>&1
      [ -d "/proc/$worker" ]
    do
      now=$({
        # shellcheck disable=SC2086 # words: directories
        ls -lnR $traces
        # shellcheck disable=SC2086 # words: files
        cat /dev/null $counts
      } 2>/dev/null) || :
      worked=$(cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^.*) //' | awk -v s="$worker" '$4 == s { t += $12 + $13 } END { print t + 0 }') || :
      if [ "$now" != "$files" ] || [ $((worked - ticks)) -ge 10 ]; then quiet=0; else quiet=$((quiet + 3)); fi
      [ ! -e "$busy" ] || quiet=0
      files=$now ticks=$worked
      [ "$quiet" -lt "$silence" ] || {
        kill -TERM "-$worker"
        sleep 3
        kill -KILL "-$worker"
      } 2>/dev/null || exit 0
      [ $((quiet / 3)) != $((silence / 6)) ] || printf '%s has received nothing for %s s\n' "$1" "$quiet"
    done
  ) &
  dog=$!
  status=0
  wait "$worker" 2>/dev/null || status=$?
  kill "$dog" 2>/dev/null || :
  wait "$dog" 2>/dev/null || :
  case $status in 137 | 143) status=124 ;; esac
  return "$status"
}
