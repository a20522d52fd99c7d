# shellcheck disable=SC2154 # url, id, mark, name, address, most, makes_token, policy, head, tail, node_name: set by the caller

read -r token agent || :
tries=0 struck=
again() {
  tries=$((tries + 1))
  [ "$tries" -le "$most" ] || return 1
  sleep .5
}
# the token is passed as curl's configuration on standard input, because others can read command lines
ask() { curl -s -m 10 -K - "$@"; }
as() { printf 'header = "X-Consul-Token: %s"\n' "$1"; }
# sends a request's body to PATH with the token, and ignores the answer
tell() {
  {
    as "$token"
    printf 'request = PUT\ndata = "%s"\n' "$2"
  } | ask -o /dev/null "$url/$1" || :
}
word() { sed -n 's/.*"Node":{[^{}]*"'"$1"'":"\([^"]*\)".*/\1/p'; }

until case $(curl -s -m 5 "$url/status/leader") in *:*) true ;; *) false ;; esac do
  again || {
    echo 'no leader yet: left for the next run'
    exit 0
  }
done
tries=0 most=120
if "$makes_token"; then
  until as "$agent" | ask -f -o /dev/null "$url/acl/token/self"; do
    again || {
      echo 'the token of the agents could not be made' >&2
      exit 1
    }
    tell acl/policy "$policy"
    tell acl/token "$head$agent$tail"
  done
fi
while :; do
  node=$(as "$token" | ask "$url/catalog/node/$name") || node= # it is being restarted
  other=$(printf '%s' "$node" | word ID) at=$(printf '%s' "$node" | word Address)
  if [ "$other" = "$(cat "$id")" ]; then break; fi
  # the node is not there yet, or its name is taken
  if [ -z "$other" ]; then [ -n "$struck" ] || break; fi
  again || {
    echo "node $other at $at has the name of this one: are there two?" >&2
    exit 1
  }
  if [ "$at" = "$address" ]; then
    struck=yes
    echo "the catalogue still has the node $other that was here before: it is struck off"
    tell catalog/deregister "$node_name"
    systemctl restart consul # turned away, it would only ask again in half a minute
  fi
done
rm -f "$mark"
