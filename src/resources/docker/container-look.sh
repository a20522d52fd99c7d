# shellcheck disable=SC2154 # format: set by container.ts

# ask_docker WHAT FORMAT NAME… prints what Docker says of those that are there. One that is missing makes it fail,
# and so does anything else.
ask_docker() {
  what=$1 as=$2
  shift 2
  status=0
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

# look_at_containers [NAME IMAGE]…; IMAGE - is not asked for.
look_at_containers() {
  tab=$(printf '\t')
  containers='' images='' pairs='' is=absent
  while [ $# -gt 0 ]; do
    containers="$containers $1 $1.provision-old"
    pairs="$pairs $1 $2"
    [ "$2" = - ] || images="$images $2"
    shift 2
  done
  # names and images have no white space
  # shellcheck disable=SC2086
  set -- $pairs
  if command -v docker >/dev/null; then
    if [ -d /run/systemd/system ] && ! systemctl -q is-active docker.service; then
      is=asleep
    else
      # shellcheck disable=SC2086
      containers=$(ask_docker container "$format" $containers) || return
      # shellcheck disable=SC2086
      [ -z "$images" ] || images=$(ask_docker image "{{json .RepoTags}}{{json .RepoDigests}}$tab{{.Id}}" $images) || return
    fi
  fi
  while [ $# -gt 0 ]; do
    printf '%s\t%s\n' "$1" "$is"
    [ "$is" = asleep ] || {
      printf '%s\n' "$containers" | while IFS= read -r line; do
        case $line in
        "/$1$tab"*) printf '%s\tcontainer\t%s\n' "$1" "${line#*"$tab"}" ;;
        "/$1.provision-old$tab"*) printf '%s\tleft\n' "$1" ;;
        esac
      done
      printf '%s\n' "$images" | while IFS= read -r line; do
        case $line in *"\"$2\""*"$tab"*) printf '%s\timage\t%s\n' "$1" "${line#*"$tab"}" ;; esac
      done
    }
    shift 2
  done
}
