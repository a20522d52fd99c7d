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

# unstated_id RANGE FIRST DATABASE…: prints a number that is free in these databases and that no step states, as the
# tools would choose it; nothing if no step states any. RANGE: that of login.defs. FIRST: the number to try first
unstated_id() (
  range=$1 first=$2 stated=
  shift 2
  case " $* " in *' passwd '*) stated=${stated_uid-} ;; esac
  case " $* " in *' group '*) stated="$stated ${stated_gid-}" ;; esac
  [ -n "${stated# }" ] || return 0
  for database; do getent "$database"; done | awk -F : -v range="$range" -v first="$first" -v stated="$stated" '
    BEGIN {
      system_range = range ~ /^SYS_/
      low = system_range ? 100 : 1000
      high = system_range ? 999 : 60000
      while ((getline line <"/etc/login.defs") > 0) {
        split(line, word, /[ \t]+/)
        if (word[1] == range "_MIN") low = word[2] + 0
        if (word[1] == range "_MAX") high = word[2] + 0
      }
      top = low - 1
      n = split(stated, numbers, " ")
      for (i = 1; i <= n; i++) used[numbers[i]] = 1
    }
    { used[$3] = 1; if (!system_range && $3 + 0 > top && $3 + 0 <= high) top = $3 + 0 }
    function found(number) { if (number in used) return 0; print number; return 1 }
    END {
      if (first != "" && found(first)) exit
      if (system_range) for (i = high; i >= low; i--) if (found(i)) exit
      if (!system_range) {
        for (i = top + 1; i <= high; i++) if (found(i)) exit
        for (i = low; i <= high; i++) if (found(i)) exit
      }
      print "no " range " is free" >"/dev/stderr"
      exit 1
    }'
)
