# shellcheck shell=sh disable=SC2154
# The caller sets dir (the folder for files on this host), port (the agent's port) and token (its token, or empty).
set -e
umask 077

consul_snapshot() {
  action=$1
  shift
  printf %s "$token" >"$dir/token"
  [ -n "$token" ] && set -- -token-file="$dir/token" "$@"
  consul snapshot "$action" -http-addr="127.0.0.1:$port" "$@"
}

# Prints the snapshot's checksum, then Consul's own counts of its contents.
save_snapshot() {
  rm -rf "$dir"
  mkdir -p "$dir"
  consul_snapshot save "$dir/snapshot" >/dev/null
  sha256sum <"$dir/snapshot" | cut -d ' ' -f 1
  consul snapshot inspect -format=json "$dir/snapshot"
}

restore_snapshot() {
  rm -rf "$dir"
  mkdir -p "$dir"
  consul_snapshot restore "$1"
  rm -rf "$dir"
}
