# shellcheck disable=SC2154 # download: set by download.ts

# there IMAGE
there() { docker image inspect "$1" >/dev/null 2>&1; }

fetched_done() { [ -z "$download" ] || rm -f "$download"; }
