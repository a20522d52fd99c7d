#!/bin/sh
# PID 1: after SIGTERM the server goes on serving for $PRESTOP seconds, until no load balancer sends to it any more; then it is told, and waited for.
# In the app's JSON:  "args": ["/app/prestop.sh", "puma", "-C", "config/puma.rb"]
trap 'told=yes; [ -n "$paused" ] || { paused=yes; sleep "${PRESTOP:-10}"; kill -TERM $! 2>/dev/null; }' TERM
trap 'told=yes; kill -INT $! 2>/dev/null' INT
"$@" &
# A signal ends wait before the server has ended, and then wait's status is the signal's. The server may be gone when the trap is done: asked again, wait
# still tells its status, or 127 where it has told it.
paused=
status=127
told=yes
while [ -n "$told" ]; do
  told=
  wait $!
  answer=$?
  [ $answer -eq 127 ] || status=$answer
done
exit $status
