# shellcheck shell=sh
# How `backup` and `restore` handle ZooKeeper's files on a member.
CONFIG=/etc/zookeeper/zoo.cfg
COPY=provision-zookeeper-copy

setting() { sed -n "s/^$1=//p" "$CONFIG" 2>/dev/null | tail -n 1; }

data=$(setting dataDir)
log=$(setting dataLogDir)
: "${log:=$data}"
work=$data/provision-backup

# Prints the zxid and path of each file NAME.ZXID in a folder, in order.
numbered() {
  for file in "$1/version-2/$2".*; do
    [ -f "$file" ] || continue
    zxid=${file##*/"$2".}
    printf '%d %s\n' "0x${zxid%%.*}" "$file"
  done | sort -n
}

# Copies the last two snapshots, since the last may still be incomplete, and the logs from there on.
copy_files() {
  snapshots=$(numbered "$data" snapshot | tail -n 2)
  [ -n "$snapshots" ] || {
    echo "there is no snapshot in $data/version-2" >&2
    return 1
  }
  first=$(echo "$snapshots" | sed -n '1s/ .*//p')
  mkdir -p "$work/data/version-2" "$work/log/version-2"
  echo "$snapshots" | cut -d ' ' -f 2- | while read -r file; do cp "$file" "$work/data/version-2/"; done
  numbered "$log" log | awk -v first="$first" '
    $1 <= first { before = $0; next }
    before != "" { print before; before = "" }
    { print }
    END { if (before != "") print before }' |
    cut -d ' ' -f 2- | while read -r file; do cp --sparse=always "$file" "$work/log/version-2/"; done
}

free_port() {
  port=$((21000 + $$ % 5000))
  while grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null; do
    port=$((port + 1))
  done
  echo "$port"
}

end_copy() {
  systemctl stop "$COPY" 2>/dev/null || : # it does not run
  rm -rf "$work"
}

copy_state() { systemctl show --value -p ActiveState "$COPY"; }

# Starts a second ZooKeeper on the copy. It reads the files as after a crash, and writes one complete snapshot. It uses
# the class path and settings of the running server. Its tick of an hour keeps sessions from expiring meanwhile. If it
# is forgotten, it ends by itself.
start_copy() {
  end_copy
  pid=$(systemctl show --value -p MainPID zookeeper)
  [ "$pid" != 0 ] || {
    echo 'the unit zookeeper does not run' >&2
    return 1
  }
  mkdir -m 700 "$work"
  copy_files
  port=$(free_port)
  printf '%s\n' tickTime=3600000 "dataDir=$work/data" "dataLogDir=$work/log" "clientPort=$port" \
    clientPortAddress=127.0.0.1 admin.enableServer=false '4lw.commands.whitelist=srvr,mntr' >"$work/zoo.cfg"
  chown -R zookeeper:zookeeper "$work"
  tr '\0' '\n' <"/proc/$pid/cmdline" >"$work/java"
  classes=$(sed -n '/^-cp$/{n;p;}' "$work/java")
  # shellcheck disable=SC2046 # no flag has a space in it
  systemd-run --quiet --collect --unit "$COPY" -p User=zookeeper -p RuntimeMaxSec=900 \
    "$(head -n 1 "$work/java")" $(grep -E '^-(Xmx|Djute\.|Dzookeeper\.|Dorg\.slf4j\.)' "$work/java") \
    -cp "$classes" org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/zoo.cfg"
  echo "$port"
}

# Stops the copy, and prints its snapshot's size, checksum and zxid.
finish_copy() {
  systemctl stop "$COPY"
  last=$(numbered "$work/data" snapshot | tail -n 1 | cut -d ' ' -f 2-)
  mv "$last" "$work/snapshot"
  echo "$(stat -c %s "$work/snapshot") $(sha256sum <"$work/snapshot" | cut -d ' ' -f 1) ${last##*.}"
}

# Prints what a restore would remove here: `data` if there is more than a first start writes.
find_data() {
  [ -f "$CONFIG" ] || return 0
  [ -z "$(numbered "$log" log)" ] || echo data
}

stop_units() {
  for unit in "$@"; do
    [ "$(systemctl show --value -p LoadState "$unit")" = not-found ] || systemctl stop "$unit"
  done
}

# How far a restore has got here: its id, and a state. A restore that had only begun had stopped Marathon: if Marathon
# runs again, somebody has continued without the restore.
MARK=/var/lib/provision/restore
read_mark() {
  [ -f "$MARK" ] || return 0
  if grep -q ' begun$' "$MARK" && systemctl is-active -q marathon; then return 0; fi
  cat "$MARK"
}
write_mark() {
  [ -n "$1" ] || {
    rm -f "$MARK"
    return 0
  }
  mkdir -p "${MARK%/*}"
  echo "$1" >"$MARK.new"
  mv "$MARK.new" "$MARK"
}

# Replaces all data with a snapshot.
put_snapshot() {
  stop_units zookeeper
  rm -rf "$data/version-2" "$log/version-2"
  install -d -o zookeeper -g zookeeper -m 0750 "$data/version-2" "$log/version-2"
  install -o zookeeper -g zookeeper -m 0640 "$1" "$data/version-2/snapshot.$2"
  sync -f "$data/version-2"
}
