# Before a rule set is loaded, network namespaces show what it would do to users who are logged in over ssh.
# shellcheck disable=SC2016 # programs for perl and for other shells

# ssh_connections: prints LOCAL PORT PEER of each
ssh_connections() {
  {
    ss -Htln | awk '{ print "listens", $4 }'
    ss -Htnp state established | awk '/"sshd/ { print "ssh", $3, $4 }'
  } | awk '
    function address(end) { sub(/:[0-9]+$/, "", end); gsub(/[][]|^\[?::ffff:|%.*/, "", end); return end }
    { port = $2; sub(/.*:/, "", port) }
    $1 == "listens" { open[port] = 1 }
    $1 == "ssh" && port in open && !seen[address($2), port, address($3)]++ { print address($2), port, address($3) }'
}

# reach_program: one end of two connections, the first of which opens before the rules are loaded. Exits 1 if the rules
# cut the first, 2 if they block the second, 3 if the trial itself failed.
reach_program='
  use strict; use IO::Socket::IP;
  my ($end, $local, $port, $peer, @words) = @ARGV;
  my $late = sub { local $SIG{ALRM} = sub { die }; alarm 10; my $got = eval { $_[0]->() }; alarm 0; $got };
  if ($end eq "there") {
    my $dial = sub { IO::Socket::IP->new(PeerHost => $local, PeerPort => $port, LocalHost => $peer, Timeout => 8) };
    my $first = $dial->() or exit 3;
    $late->(sub { <$first> }) or exit 1;
    print $first "ok\n"; $first->flush;
    my $second = $dial->() or exit 2;
    print $second "ok\n"; $second->flush;
    exit($late->(sub { <$second> }) ? 0 : 2);
  }
  my $listen = IO::Socket::IP->new(Listen => 5, LocalHost => $local, LocalPort => $port, ReuseAddr => 1) or exit 3;
  my ($rules, @client) = @words;
  my $pid = fork; defined $pid or exit 3;
  if (!$pid) { exec @client or exit 3 }
  my $first = $late->(sub { $listen->accept }) or exit 3;
  system("nft", "-f", $rules) == 0 or exit 3;
  print $first "go\n"; $first->flush;
  if ($late->(sub { <$first> })) {
    my $second = $late->(sub { $listen->accept });
    if ($second && $late->(sub { <$second> })) { print $second "ok\n"; $second->flush }
  }
  waitpid $pid, 0; exit($? >> 8);'

# reach_namespace FILE PROGRAM TRACKED DEVICE LOCAL PORT PEER: runs the trial in a network namespace of its own
reach_namespace='
  exec 2>/dev/null
  file=$1 program=$2 tracked=$3 device=$4 local=$5 port=$6 peer=$7 bits=32
  case $local in *:*) bits="128 nodad" ;; esac
  ip link set lo up || exit 3
  [ -z "$tracked" ] || nft "table inet tracked { chain in { type filter hook input priority 0; ct state new accept; }; }" || exit 3
  if [ "$device" = lo ]; then
    ip addr add $local/$bits dev lo
    ip addr add $peer/$bits dev lo
    exec perl -e "$program" here $local $port $peer "$file" perl -e "$program" there $local $port $peer
  fi
  unshare -n sleep 60 &
  trap "kill $!; wait $!" EXIT
  until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
  ip link add "$device" type veth peer name far netns $! &&
    ip addr add $local/$bits dev "$device" && ip link set "$device" up &&
    nsenter -n -t $! ip addr add $peer/$bits dev far && nsenter -n -t $! ip link set far up &&
    ip route add $peer dev "$device" && nsenter -n -t $! ip route add $local dev far || exit 3
  ip route add default dev "$device"
  ip -6 route add default dev "$device"
  perl -e "$program" here $local $port $peer "$file" nsenter -n -t $! perl -e "$program" there $local $port $peer'

# try_rules FILE: fails with the reason if nft rejects it, a boot could not load it, or it would lock out a user who is
# logged in over ssh.
try_rules() {
  said=$(nft -c -f "$1" 2>&1) || {
    printf 'nft does not take these rules: %s\n' "$(printf '%s\n' "$said" | head -n 1 | sed 's/^[^ ]*\.nft://')" >&2
    return 1
  }
  said=$(unshare -n nft -f "$1" 2>&1) || {
    printf 'a boot could not load these rules, as it does that before there are interfaces (write iifname, not iif): %s\n' \
      "$(printf '%s\n' "$said" | head -n 1 | sed 's/^[^ ]*\.nft://')" >&2
    return 1
  }
  tracked=$(nft list tables)
  ssh_connections | while read -r local port peer; do
    device=$(ip -o route get "$peer" | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    status=0
    unshare -n sh -c "$reach_namespace" try "$1" "$reach_program" "$tracked" "$device" "$local" "$port" "$peer" </dev/null || status=$?
    case $status in
    0) ;;
    1) echo "these rules would cut the ssh connection from $peer to port $port" ;;
    2) echo "with these rules $peer could no longer log in by ssh at port $port" ;;
    *) echo "it could not be tried out whether $peer could still log in by ssh at port $port" ;;
    esac
  done | {
    if read -r first; then
      printf '%s; nothing was loaded\n' "$first" >&2
      return 1
    fi
  }
}

# load_rules FAMILY TABLE UNIT RECORD DIGEST: loads the rules as a boot does, and records what the kernel then lists.
load_rules() {
  systemctl daemon-reload
  systemctl enable -q "$3"
  began=$(date +%s)
  systemctl restart "$3" || {
    echo "$3 has failed; what was loaded before is still loaded: $(unit_words "$3" 3 "$began" | tr '\n' ' ')" >&2
    return 1
  }
  (umask 077 && mkdir -p "${4%/*}")
  printf '%s %s\n' "$5" "$(list_rules "$1" "$2" | sha256sum | cut -d ' ' -f 1)" >"$4.new"
  mv -fT "$4.new" "$4"
}

# unload_rules FAMILY TABLE UNIT FILE RECORD
unload_rules() {
  [ ! -e "/etc/systemd/system/$3" ] || systemctl disable -q --now "$3"
  rm -f "/etc/systemd/system/$3" "$4" "$5"
  systemctl daemon-reload
  systemctl reset-failed "$3" 2>/dev/null || :
  if command -v nft >/dev/null && nft list table "$1" "$2" >/dev/null 2>&1; then nft delete table "$1" "$2"; fi
}
