# own_processes: prints the processes of $unit in one line: those of its control group, and of the container with its
# name.
# shellcheck disable=SC2154 # unit: set by ports.ts
own_processes() {
  group=$(systemctl show -p ControlGroup --value "$unit" 2>/dev/null)
  # shellcheck disable=SC2046 # one line of many
  echo $(
    for tree in /sys/fs/cgroup /sys/fs/cgroup/systemd; do
      [ -z "$group" ] || [ ! -d "$tree$group" ] || find "$tree$group" -name cgroup.procs -exec cat {} + 2>/dev/null
    done
    ! command -v docker >/dev/null || timeout 10 docker top "$unit" -eo pid 2>/dev/null | tail -n +2
  )
}
