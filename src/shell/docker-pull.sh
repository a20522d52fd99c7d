# shellcheck disable=SC2154 # silence: set by awake.ts

# pull REFERENCE: Docker's daemon downloads and unpacks, so its folders and I/O counters show whether it works. It keeps
# what it has downloaded
pull() {
  counts=/sys/fs/cgroup/system.slice/docker.service/io.stat
  [ -e "$counts" ] || {
    docker pull -q "$1"
    return
  }
  # shellcheck disable=SC2034 # counts only
  for try in 1 2; do
    status=0
    awake '/var/lib/docker/tmp /var/lib/containerd/io.containerd.content.v1.content/ingest' docker pull -q "$1" || status=$?
    [ "$status" = 124 ] || return "$status"
  done
  give_up "$1 could not be pulled: docker had received nothing for $silence s, twice, and was ended"
}
