# shellcheck disable=SC2154 # unit: set by the caller

stop_unit() {
  case $(systemctl is-active "$unit") in inactive | failed) ;; *) unit_job stop "$unit" || stop_fails ;; esac
  systemctl reset-failed "$unit" 2>/dev/null || :
}

# Says what uses a file system that cannot be unmounted.
stop_fails() {
  case $unit in *.mount) ;; *) exit 1 ;; esac
  where=$(systemctl show -p Where --value "$unit")
  escaped=$(printf %s "$where" | sed 's/[][*?\\]/\\&/g')
  for pid in $(find /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe /proc/[0-9]*/fd -maxdepth 1 \
    \( -lname "$escaped" -o -lname "$escaped/*" \) 2>/dev/null | cut -d / -f 3 | sort -un | head -n 3); do
    echo "$where is in use by $(cat "/proc/$pid/comm") (process $pid)" >&2
  done
  exit 1
}
