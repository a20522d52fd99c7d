# shellcheck disable=SC2154 # format: set by container.ts, is: by docker_awake

# look_at_containers [NAME IMAGE]…; an IMAGE of - is not asked about.
look_at_containers() {
  tab=$(printf '\t')
  containers='' images='' pairs=''
  while [ $# -gt 0 ]; do
    containers="$containers $1 $1.provision-old"
    pairs="$pairs $1 $2"
    [ "$2" = - ] || images="$images $2"
    shift 2
  done
  # names and images have no white space
  # shellcheck disable=SC2086
  set -- $pairs
  if docker_awake; then
    # shellcheck disable=SC2086
    containers=$(ask_docker container "$format" $containers) || return
    # shellcheck disable=SC2086
    [ -z "$images" ] || images=$(ask_docker image "{{json .RepoTags}}{{json .RepoDigests}}$tab{{.Id}}" $images) || return
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
