# shellcheck shell=sh disable=SC2154
# The program of a backup's timer, on one of the masters. The caller sets home (the backups' folder), keep (how many to
# keep), members (ZooKeeper's ids), datacenter, marathons (URLs) and zk_path, and defines the functions zookeeper_files
# and consul_files, which contain those of zookeeper.sh and consul.sh.
say() { echo "$*"; }
fail() {
  echo "$*" >&2
  exit 1
}

# Sends a four-letter word to the copy of ZooKeeper at a port of this host.
ask_copy() {
  # shellcheck disable=SC2016 # bash reads them
  timeout 10 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf %s "$1" >&3 && cat <&3' "$1" "$2" 2>/dev/null
}

# In zookeeper_files: saves the snapshot as a file, and prints nodes, zxid, version, ephemerals.
copy_zookeeper() {
  trap end_copy EXIT
  port=$(start_copy)
  left=600
  until said=$(ask_copy "$port" srvr) && echo "$said" | grep -q '^Node count:'; do
    left=$((left - 1))
    if [ "$(copy_state)" != active ] || [ "$left" = 0 ]; then fail 'the copy of ZooKeeper did not come up'; fi
    sleep 1
  done
  zxid=$(echo "$said" | sed -n 's/^Zxid: 0x//p')
  nodes=$(echo "$said" | sed -n 's/^Node count: //p')
  version=$(echo "$said" | sed -n 's/^Zookeeper version: \([0-9.]*[0-9]\).*/\1/p')
  ephemerals=$(ask_copy "$port" mntr | sed -n 's/^zk_ephemerals_count[[:space:]]*//p')
  finish_copy >"$work/said"
  read -r size sum last <"$work/said"
  [ "$last" = "$zxid" ] || fail "ZooKeeper changed while it was copied, from $zxid to $last"
  mv "$work/snapshot" "$1"
  [ "$(stat -c %s "$1") $(sha256sum <"$1" | cut -d ' ' -f 1)" = "$size $sum" ] || fail "$1 is not what was copied"
  chown root:root "$1"
  # it counts the root twice, as "" and as "/"
  echo "$((nodes - 2)) $zxid $version ${ephemerals:-0}"
}

# Not in a condition: there, sh would ignore errors and continue.
apart() {
  "$@" >"$partial/said" &
  wait $!
}

save_zookeeper() {
  for left in 2 1 0; do
    if apart zookeeper_files copy_zookeeper "$partial/zookeeper.snapshot"; then break; fi
    [ "$left" -gt 0 ] || fail 'ZooKeeper was not saved'
  done
  {
    read -r nodes zxid version ephemerals
    printf ',"zookeeper":{"host":"%s","version":"%s","zxid":"%s","nodes":%s,"ephemerals":%s,"members":[%s]}' \
      "$name" "$version" "$zxid" "$nodes" "$ephemerals" "$members" >>"$partial/head"
    say "zookeeper: $nodes nodes up to $zxid"
  } <"$partial/said"
  logins=$(grep -aoE '[[:alnum:]_.-]+:[A-Za-z0-9+/]{27}=' "$partial/zookeeper.snapshot" | cut -d : -f 1 | sort -u)
  [ -z "$logins" ] || say "holds secrets: digests of passwords in ZooKeeper, of $(echo "$logins" | paste -sd ,)"
}

# In consul_files: saves the snapshot as a file, and prints Consul's counts of its contents.
copy_consul() {
  trap 'rm -rf "$dir"' EXIT
  save_snapshot >/dev/null
  consul snapshot inspect "$dir/snapshot" |
    awk '$1 == "Index" { i = $2 } $1 == "KVS" { k = $2 } $1 == "ACLToken" { t = $2 } END { print i, k + 0, t + 0 }'
  mv "$dir/snapshot" "$1"
}

save_consul() {
  # while its servers elect a leader, as after a restart, there is no snapshot
  for left in 5 4 3 2 1 0; do
    if apart consul_files copy_consul "$partial/consul.snap"; then break; fi
    [ "$left" -gt 0 ] || fail 'Consul was not saved'
    sleep 5
  done
  {
    read -r index keys tokens
    printf ',"consul":{"host":"%s","datacenter":"%s","index":%s,"keys":%s,"tokens":%s}' \
      "$name" "$datacenter" "$index" "$keys" "$tokens" >>"$partial/head"
    say "consul: $keys keys at index $index"
    [ "$keys" = 0 ] || say "holds secrets: whatever is secret in the $keys keys of Consul"
    [ "$tokens" = 0 ] || say "holds secrets: $tokens tokens of Consul's access control"
  } <"$partial/said"
}

ask_marathon() {
  for url in $marathons; do
    if [ -f "$settings/marathon" ]; then set -- "$1" -K "$settings/marathon"; fi
    curl -sfL -m 30 "$@" "$url$1" && return
  done
  fail "no Marathon answers $1"
}

# Prints a line for each app in Marathon's answer: its id, and its definition without the members that Marathon adds.
definitions() {
  tr '\n' ' ' | awk -v added=" version versionInfo tasksStaged tasksRunning tasksHealthy tasksUnhealthy deployments \
readinessCheckResults tasks lastTaskFailure tasksStats " '
    function member() {
      key = text
      sub(/^[ ,]*"/, "", key)
      sub(/".*/, "", key)
      value = text
      sub(/^[ ,]*"[^"]*" *: */, "", value)
      if (key == "id") id = value
      if (key != "" && index(added, " " key " ") == 0 && value != "[]" && value != "{}")
        out = out (out == "" ? "" : ", ") "\"" key "\": " value
      text = ""
    }
    {
      n = length($0)
      for (i = 1; i <= n; i++) {
        c = substr($0, i, 1)
        if (quoted) {
          if (depth > 2) text = text c
          if (escaped) escaped = 0
          else if (c == "\\") escaped = 1
          else if (c == "\"") quoted = 0
          continue
        }
        if (c == "\"") quoted = 1
        if (c == "}" || c == "]") depth--
        if (depth == 3 && c == ",") member()
        else if (depth > 2) text = text c
        if (depth == 2 && c == "}") {
          member()
          gsub(/"/, "", id)
          print id "\t{ " out " }"
          out = text = ""
        }
        if (c == "{" || c == "[") depth++
      }
    }'
}

SECRET='"[A-Za-z0-9_]*(pass|secret|token|credential|private|_key|_url|dsn)[A-Za-z0-9_]*" *: *"'

save_marathon() {
  ask_marathon /v2/apps >"$partial/apps"
  ask_marathon /v2/info >"$partial/info"
  grep -q '"apps"' "$partial/apps" || fail 'Marathon did not answer with its apps'
  mkdir "$partial/marathon"
  definitions <"$partial/apps" >"$partial/definitions"
  while IFS='	' read -r id definition; do
    file=$(echo "${id#/}" | tr / _)
    printf '%s\n' "$definition" >"$partial/marathon/$file.json"
    names=$(printf %s "$definition" | grep -oiE "$SECRET" | cut -d '"' -f 2 | sort -u)
    [ -z "$names" ] || say "holds secrets: $(echo "$names" | paste -sd ,) of $id"
  done <"$partial/definitions"
  apps=$(cut -f 1 "$partial/definitions" | sort | sed 's/.*/"&"/' | paste -sd ,)
  printf ',"marathon":{' >>"$partial/head"
  for each in version frameworkId; do
    value=$(tr ',{}' '\n' <"$partial/info" | sed -n "s/^ *\"$each\" *: *\"\([^\"]*\)\".*/\1/p" | head -n 1)
    [ -z "$value" ] || printf '"%s":"%s",' "$each" "$value" >>"$partial/head"
  done
  printf '"zkPath":"%s","apps":[%s]}' "$zk_path" "$apps" >>"$partial/head"
  say "marathon: $(wc -l <"$partial/definitions") definitions"
  rm "$partial/apps" "$partial/info" "$partial/definitions"
}

# The sizes and checksums of all files, in the manifest's format.
sums() {
  (cd "$partial" && find . -type f ! -name head ! -name said ! -name manifest.json | sort) | while read -r file; do
    file=${file#./}
    printf '"%s":{"size":%s,"sha256":"%s"}\n' "$file" "$(stat -c %s "$partial/$file")" \
      "$(sha256sum <"$partial/$file" | cut -d ' ' -f 1)"
  done | paste -sd ,
}

backups() { find "$home" -mindepth 2 -maxdepth 2 -path '*/20??-??-??T??-??-??Z/manifest.json' | sort; }

main() {
  mkdir -p "$home"
  chmod 700 "$home"
  exec 9>"$home/.lock"
  flock -n 9 || fail 'another backup is being made'
  rm -rf "$home"/*.partial
  folder=$home/$(date -u +%Y-%m-%dT%H-%M-%SZ)
  partial=$folder.partial
  mkdir "$partial"
  trap 'rm -rf "$partial"' EXIT
  trap 'exit 1' HUP INT TERM
  [ -z "$marathons" ] || save_marathon
  save_zookeeper
  [ -z "$datacenter" ] || save_consul
  printf '{"format":1,"made":"%s"%s,"files":{%s}}\n' "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" "$(cat "$partial/head")" "$(sums)" \
    >"$partial/manifest.json"
  rm -f "$partial/head" "$partial/said"
  sync
  mv "$partial" "$folder"
  say "the backup is in $folder"
  backups | head -n "-$keep" | while read -r old; do rm -rf "${old%/*}"; done
}
