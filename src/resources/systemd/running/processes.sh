# shellcheck disable=SC2154 # kept: set by the caller; nl: set by start.ts; value: by value_of of start.sh

# work_of CGROUP: sets $pids to the processes of a unit, and $used to their processor time
work_of() {
  pids='' used=''
  procs=/sys/fs/cgroup$1/cgroup.procs
  [ -e "$procs" ] || procs=/sys/fs/cgroup/systemd$1/cgroup.procs
  [ -n "$1" ] && pids=$(cat "$procs" 2>/dev/null) || return 1
  for pid in $pids; do
    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 1
    # shellcheck disable=SC2086 # numbers, behind the name, which may hold anything
    set -- ${stat##*) }
    used="$used $pid ${12} ${13}"
  done
}

# processes_of CGROUP: sets $used, and $doing to the command line, system call, threads and sockets of each process of a
# unit. Fails if that says nothing: a process is working, or manages containers
processes_of() {
  doing=''
  # shellcheck disable=SC2086 # numbers
  work_of "$1" && set -- $pids && [ $# -gt 0 ] && [ $# -le 20 ] || return 1
  for pid; do
    { read -r call rest <"/proc/$pid/syscall"; } 2>/dev/null || return 1
    words=$(tr '\0' ' ' <"/proc/$pid/cmdline")
    case $call:${words%% *} in running:* | -1:* | *docker | *podman | *containerd* | *nspawn) return 1 ;; esac
    threads=0
    for _ in "/proc/$pid/task/"*; do threads=$((threads + 1)); done
    doing="$doing$words $call $threads $(find "/proc/$pid/fd" -lname 'socket:*' -printf .)$nl"
  done
  doing=${doing%"$nl"}
  [ $# -eq 1 ] || doing=$(printf '%s\n' "$doing" | sort)
}

# Do the processes of $unit do what they did before the restart, with no work done since the last check?
does_as_before() {
  [ -s "$kept/doing" ] && value_of ControlGroup && processes_of "$value" || return 1
  [ "$doing" = "$(cat "$kept/doing")" ] || return 1
  last=$(cat "$kept/used" 2>/dev/null) || :
  printf %s "$used" >"$kept/used"
  [ "$last" = "$used" ]
}
