# shellcheck disable=SC2034 # is: read by the probe of each type

# docker_awake: can Docker be asked? Its socket would start a stopped daemon, and a probe must change nothing, so this
# asks systemd first. Sets is: absent, or asleep.
docker_awake() {
  is=absent
  command -v docker >/dev/null || return
  if [ -d /run/systemd/system ] && ! systemctl -q is-active docker.service; then
    is=asleep
    return 1
  fi
}

# ask_docker WHAT FORMAT NAME…: prints what Docker says about those that exist; FORMAT has a tab. Docker fails if one is
# missing, as it does on any other error.
ask_docker() {
  what=$1 as=$2 tab=$(printf '\t') status=0
  shift 2
  says=$(timeout 30 docker "$what" inspect --format "$as" "$@" 2>&1) || status=$?
  if [ "$status" != 0 ]; then
    wrong=$(printf '%s\n' "$says" | grep -iv -e "$tab" -e 'no such \(image\|container\)' -e '^WARNING' -e '^$') || :
    [ "$status" != 124 ] || wrong='docker does not answer'
    [ -z "$wrong" ] || {
      printf '%s\n' "$wrong" >&2
      return 1
    }
  fi
  printf '%s\n' "$says" | grep "$tab" || :
}
