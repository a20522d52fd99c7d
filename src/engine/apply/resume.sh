# Follows the log of the run $id in the folder $d from byte $from, counted from 1. Without a log, the run has not begun
# if the host still has the owner of the run lock $lock: a log that says so keeps a script that arrives late from
# running.
# shellcheck shell=sh disable=SC2154 # the variables are set before

if [ ! -e "$d/$id.log" ]; then
  owner=$(sed "s/ .*//" "$d/run.owner" 2>/dev/null)
  { [ -n "$owner" ] && [ "$owner" = "$lock" ]; } || exit 3
  (
    umask 077
    set -C
    printf '\n%s void\n' "$id" >"$d/$id.log"
  ) 2>/dev/null || :
fi
pid=$(sed -n "s/^$id pid \([0-9]*\) .*/\1/p" "$d/lock" 2>/dev/null)
set --
if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && ! flock -n "$d/lock" true; then set -- -s .05 -f --pid="$pid"; fi
tail -c "+$from" "$@" "$d/$id.log"
