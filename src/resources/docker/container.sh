# shellcheck disable=SC2154 # files: the folder with the files "env" and "labels", set by container.ts

has_container() { docker container inspect "$1" >/dev/null 2>&1; }
container_runs() { [ "$(docker container inspect --format '{{.State.Running}}' "$1" 2>/dev/null)" = true ]; }

# wake_container NAME: a paused container counts as running, but can neither be started nor, everywhere, be stopped
wake_container() {
  [ "$(docker container inspect --format '{{.State.Paused}}' "$1" 2>/dev/null)" != true ] || docker unpause "$1" >/dev/null
}

# container_is NAME IMAGE: was it made with these settings, from the image that IMAGE points to now?
container_is() {
  has_container "$1" || return
  while IFS= read -r label; do
    [ "$(docker container inspect --format "{{index .Config.Labels \"${label%%=*}\"}}" "$1")" = "${label#*=}" ] || return
  done <"$files/labels"
  [ "$(docker container inspect --format '{{.Image}}' "$1")" = "$(docker image inspect --format '{{.Id}}' "$2" 2>&1)" ]
}

# tidy_container NAME: cleans up after a killed run. The previous container is the valid one until the new one runs.
tidy_container() {
  ! has_container "$1.provision-new" || docker rm -f "$1.provision-new" >/dev/null
  has_container "$1.provision-old" || return 0
  if container_runs "$1"; then
    docker rm -f "$1.provision-old" >/dev/null
  else
    ! has_container "$1" || docker rm -f "$1" >/dev/null
    docker rename "$1.provision-old" "$1"
  fi
}

# container_stays NAME: does it run for a second and a half without a restart?
container_stays() {
  for _ in 1 2 3 4 5 6; do
    sleep 0.25
    [ "$(docker container inspect --format '{{.State.Status}} {{.RestartCount}}' "$1" 2>&1)" = "running 0" ] || return
  done
}

# last_of_container NAME: prints its state and the end of its output on one line.
last_of_container() {
  printf '%s; it wrote: %s\n' \
    "$(docker container inspect --format '{{.State.Status}}, exit code {{.State.ExitCode}}, started anew {{.RestartCount}} times' "$1" 2>&1)" \
    "$(docker logs --tail 5 "$1" 2>&1 | tr '\n' ' ' | cut -c 1-500)"
}

# replace_container NAME: puts NAME.provision-new in its place; if the new one does not stay up, restores the old one.
replace_container() {
  former=
  if has_container "$1"; then
    former=stopped
    ! container_runs "$1" || former=running
    wake_container "$1"
    docker stop "$1" >/dev/null
    docker rename "$1" "$1.provision-old"
  fi
  docker rename "$1.provision-new" "$1"
  if said=$(docker start "$1" 2>&1 >/dev/null) && container_stays "$1"; then
    [ -z "$former" ] || docker rm "$1.provision-old" >/dev/null
    return
  fi
  why=${said:-$(last_of_container "$1")} back=
  docker rm -f "$1" >/dev/null
  if [ -n "$former" ]; then
    docker rename "$1.provision-old" "$1"
    [ "$former" = stopped ] || docker start "$1" >/dev/null
    back='; the former one is back'
  fi
  give_up "container $1 does not stay up$back: $why"
}

# keep_container NAME IMAGE RESTART MARK WORD…: the words are the arguments of `docker create`.
keep_container() {
  name=$1 image=$2 policy=$3 mark=$4
  shift 4
  command -v docker >/dev/null || give_up "container $name: there is no Docker on this host; list what installs it before"
  tidy_container "$name"
  docker image inspect "$image" >/dev/null 2>&1 || said=$(pull "$image" 2>&1) ||
    give_up "container $name: its image $image could not be pulled: $said"
  if container_is "$name" "$image"; then
    docker update --restart "$policy" "$name" >/dev/null
    wake_container "$name"
    if ! container_runs "$name"; then
      said=$(docker start "$name" 2>&1 >/dev/null) || give_up "container $name: $said"
    elif [ -e "$mark" ]; then
      docker restart "$name" >/dev/null
    fi
    container_stays "$name" || give_up "container $name does not stay up: $(last_of_container "$name")"
  else
    docker create --name "$name.provision-new" --env-file "$files/env" --label-file "$files/labels" "$@" >/dev/null
    replace_container "$name"
  fi
  rm -f "$mark"
}

# remove_container NAME
remove_container() {
  for each in "$1.provision-new" "$1.provision-old" "$1"; do
    has_container "$each" || continue
    wake_container "$each"
    docker stop "$each" >/dev/null
    docker rm "$each" >/dev/null
  done
}
