#!/bin/sh
# PID 1: after SIGTERM the server goes on serving for $PRESTOP seconds, until no load balancer sends to it any more; then it is told, and waited for.
# In the app's JSON:  "args": ["/app/prestop.sh", "puma", "-C", "config/puma.rb"]
"$@" &
server=$!
trap 'trap "" TERM; sleep "${PRESTOP:-10}"; kill -TERM $server 2>/dev/null' TERM
trap 'kill -INT $server' INT
wait $server
status=$?
while kill -0 $server 2>/dev/null; do
  wait $server
  status=$?
done
exit $status
