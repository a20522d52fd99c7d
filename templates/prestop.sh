#!/bin/sh
# PID 1: after SIGTERM the server goes on serving for $PRESTOP seconds, until no load balancer sends to it any more; then it is told, and waited for.
# In the app's JSON:  "args": ["/app/prestop.sh", "puma", "-C", "config/puma.rb"]
trap 'told=yes; [ -n "$paused" ] || { paused=yes; sleep "${PRESTOP:-10}"; kill -TERM $! 2>/dev/null; }' TERM
trap 'told=yes; kill -INT $! 2>/dev/null' INT
"$@" &
# A signal ends wait before the server has ended, and then wait's status is above 128, like that of a server which a signal killed. So it is asked again: it
# tells the server's own status then, or 127 if it has told that before. bash may forget the trap of a second signal, and still end the next wait for it.
paused=
status=127
last=
while :; do
  told=
  wait $!
  answer=$?
  [ $answer -ne 127 ] || break
  status=$answer
  [ $answer -gt 128 ] || break
  if [ -n "$told" ]; then
    last=
  elif [ "$last" = "$answer" ]; then
    break
  else
    last=$answer
  fi
done
exit $status
