# shellcheck shell=sh
# What `backup` and `restore` do with ZooKeeper's own files on a member.
CONFIG=/etc/zookeeper/zoo.cfg
COPY=provision-zookeeper-copy

setting() { sed -n "s/^$1=//p" "$CONFIG" 2>/dev/null | tail -n 1; }

data=$(setting dataDir)
log=$(setting dataLogDir)
: "${log:=$data}"
work=$data/provision-backup

# The zxid and path of each file NAME.ZXID of a folder, in order.
numbered() {
  for file in "$1/version-2/$2".*; do
    [ -f "$file" ] || continue
    zxid=${file##*/"$2".}
    printf '%d %s\n' "0x${zxid%%.*}" "$file"
  done | sort -n
}

# The last two snapshots, since the last may be just being written, and the logs from there on.
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

# A ZooKeeper of its own reads the copy as it reads its files after a crash, and writes one whole snapshot of it.
# With the class path and the settings of the one that runs here. Its sessions do not end meanwhile: they are
# counted in ticks of an hour. A copy that is forgotten ends by itself.
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

# Ends the copy, and says what it wrote: size, sum, zxid.
finish_copy() {
  systemctl stop "$COPY"
  last=$(numbered "$work/data" snapshot | tail -n 1 | cut -d ' ' -f 2-)
  mv "$last" "$work/snapshot"
  echo "$(stat -c %s "$work/snapshot") $(sha256sum <"$work/snapshot" | cut -d ' ' -f 1) ${last##*.}"
}

# What lies here that a restore would remove: `data` where more was written than at a first start.
find_data() {
  [ -f "$CONFIG" ] || return 0
  [ -z "$(numbered "$log" log)" ] || echo data
}

stop_units() {
  for unit in "$@"; do
    [ "$(systemctl show --value -p LoadState "$unit")" = not-found ] || systemctl stop "$unit"
  done
}

# How far a restore came here: its id, and a word. One that had only begun had stopped Marathon: where that runs again,
# somebody went on without it.
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

# Puts a snapshot in the place of all data.
put_snapshot() {
  stop_units zookeeper
  rm -rf "$data/version-2" "$log/version-2"
  install -d -o zookeeper -g zookeeper -m 0750 "$data/version-2" "$log/version-2"
  install -o zookeeper -g zookeeper -m 0640 "$1" "$data/version-2/snapshot.$2"
  sync -f "$data/version-2"
}
