# Prints a host's facts as NAME<TAB>VALUE lines. Takes one process per fact, except for facts on a file's first line.
# Reads cpuinfo with grep, because sh reads byte by byte, and for 128 processors the file has 200 kB.
(
  # shellcheck disable=SC1091 # of the host
  . /etc/os-release
  printf 'os\t%s\nrelease\t%s\ncodename\t%s\n' "$ID" "$VERSION_ID" "$VERSION_CODENAME"
)
printf 'arch\t%s\n' "$(uname -m)"
printf 'cpus\t%s\n' "$(grep -c '^processor' /proc/cpuinfo)"
while read -r k v _; do
  case $k in
  MemTotal:)
    printf 'memory\t%s\n' "$v"
    break
    ;;
  esac
done </proc/meminfo
printf 'addresses\t%s\n' "$(hostname -I)"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo 'cgroup	2'; else echo 'cgroup	1'; fi
if [ -d /run/systemd/system ]; then echo 'systemd	1'; else echo 'systemd	0'; fi
read -r k </proc/sys/kernel/hostname
printf 'hostname\t%s\n' "$k"
printf 'clock\t%s\n' "$(date +%s)"
