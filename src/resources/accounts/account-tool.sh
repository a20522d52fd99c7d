# account TOOL WORD…: changes the host's accounts; if a lock keeps the tool out, waits for its holder, or names it
account() {
  waited=0
  until said=$("$@" 2>&1); do
    status=$?
    held=
    for lock in passwd group shadow gshadow subuid subgid; do
      [ ! -e "/etc/$lock.lock" ] || held=/etc/$lock.lock
    done
    if [ -z "$held" ]; then
      printf '%s\n' "$said" >&2
      return "$status"
    fi
    holder=$(tr -cd 0-9 <"$held" 2>/dev/null) || holder=
    if [ -z "$holder" ] || ! kill -0 "$holder" 2>/dev/null; then
      echo "$held is left from a tool that has ended, and keeps others from changing accounts: remove it and run again" >&2
      return "$status"
    fi
    if [ "$waited" -ge 15 ]; then
      echo "$held is held by process $holder ($(tr '\0' ' ' <"/proc/$holder/cmdline" | cut -c -80)): wait until it has ended, or end it, and run again" >&2
      return "$status"
    fi
    waited=$((waited + 1))
    sleep 1
  done
}
