# shellcheck disable=SC2154 # unit, owed, mark, kept, port, later, active, sub, try, group: set by the caller; watching, nl: set by start.ts

shown=ActiveState,Type,Result,NRestarts,ControlGroup,MainPID

# Sets $now to the hundredths of a second since boot.
clock() {
  read -r now rest </proc/uptime
  now=${now%.*}${now#*.}
}

# value_of NAME: sets $value from systemd's properties of a unit ($block)
value_of() {
  value=$nl$block$nl
  case $value in
  *"$nl$1="*) value=${value#*"$nl$1="} value=${value%%"$nl"*} ;;
  *) value='' ;;
  esac
}

# Sets $why to the reason why a unit is not active, and $hopeless if another try cannot help.
why_down() {
  # the second command is for units that systemd has unloaded already, because nothing refers to them
  why=$(systemctl status -n 0 --no-pager -l "$unit" | sed -n 's/.*\(Condition[A-Za-z]*=.*\) was not met.*/\1/p') || :
  [ -n "$why" ] || why=$(journalctl -u "$unit" -n 1 --no-pager -o cat | sed -n 's/.* skipped.* condition check (*\(Condition[A-Za-z]*=[^)]*\).*/\1/p') || :
  if [ -n "$why" ]; then
    hopeless="$unit was not started: the unit's condition failed ($why)"
    return
  fi
  why="it is $active"
  value_of Result
  # what its own words do not tell: oom-kill, timeout, unit-start-limit-hit
  case $value in
  '' | exit-code | condition | exec-condition) ;;
  success)
    for other in $(systemctl show -p Conflicts -p ConflictedBy --value "$unit"); do
      ! systemctl -q is-active "$other" || why="$why, and $other runs, with which it conflicts (Conflicts=)"
    done
    ;;
  *) why="$why ($value)" ;;
  esac
  [ "$active/$type/$value" != inactive/oneshot/success ] ||
    hopeless="$unit ran and ended, as a unit of Type=oneshot does: write running: false, or RemainAfterExit=yes in the unit"
}

listens() {
  [ "$port" = - ] || grep -q ":$(printf %04X "$port") [0-9A-F]*:0000 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# Is $unit up? 0: yes; 1: no, see $why; 2: unknown yet. Watches it for at most 30 s.
judge() {
  value_of NRestarts
  if [ "${value:--}" != "$restarts" ]; then
    why='it keeps failing'
    return 1
  fi
  value_of Type
  type=$value
  value_of ActiveState
  active=$value
  case $active in
  active | reloading | refreshing)
    # a path unit fails with the service that it starts
    case $port:$type:$unit in -:simple:* | -:exec:* | -:idle:* | [0-9]* | *.path) ;; *) return 0 ;; esac
    age=$((now - since))
    if [ "$age" -ge 100 ] && listens; then
      [ -d "$kept" ] && [ "$age" -lt 500 ] || return 0
      # a unit whose files are saved may still fail, unless it serves, or waits as it did before
      if [ "$verb" = restart ] && { [ "$port" != - ] || does_as_before; }; then return 0; fi
    fi
    ;;
  # its last words may still come
  deactivating) ;;
  *)
    why_down
    return 1
    ;;
  esac
  [ $((now - since)) -ge 3000 ] || return 2
}

# go VERB: does that with $unit, and judges it for the first time
go() {
  why='' hopeless=''
  # the start limit would refuse the start and leave it down
  systemctl reset-failed "$unit" 2>/dev/null || :
  said=$(unit_job "$1" "$unit" 2>&1) || {
    # another try would take as long
    [ $? != 124 ] || why=$said tried=yes
    [ "$(systemctl show -p LoadState --value "$unit")" != not-found ] ||
      hopeless="there is no unit $unit; list what brings it before the service, or correct its name"
    return 1
  }
  [ -z "$said" ] || printf '%s\n' "$said" >&2
  said=''
  clock
  since=$now
  block=$(systemctl show -p $shown "$unit")
  value_of NRestarts
  restarts=${value:--}
  judge
}

# Tries once more before the files are restored: the cause may be gone, such as a dependency that was just restarting.
once_more() {
  [ -d "$kept" ] && [ "$verb" != reload-or-restart ] && [ -z "$hopeless" ] && [ "$tried" = no ] || return 1
  tried=yes
  go restart
}

start_fails() {
  [ "$step" = - ] || blame "$step"
  if [ -n "$hopeless" ]; then
    echo "$hopeless" >&2
    return 1
  fi
  words=$(unit_words "$unit" 8 "$began" "$old") || :
  words=${words:-$said}
  if [ -n "$why" ]; then why="stay up: $why"; else why=${verb%-or-restart}; fi
  printf '%s\n' "$unit did not $why.${words:+ Its last words:$nl$words}" >&2
  missing_here
  # a full disk often leaves no words at all: the journal is on it, too
  full_disks | sed 's/\(.*\)\t\(.*\)/The file system at \1 \2: make room there./' >&2
  back=$(put_files_back) || return 1
  [ "$verb" = reload-or-restart ] || verb=restart
  judged=0
  go "$verb" || judged=$?
  while [ "$judged" = 2 ]; do
    sleep .2
    clock
    block=$(systemctl show -p $shown "$unit") judged=0
    judge || judged=$?
  done
  if [ "$judged" = 0 ]; then
    rm -rf "$kept" "$mark"
    # shellcheck disable=SC2086 # a path a line: on one line
    echo "Put back, and $unit runs with that again:" $back >&2
  else
    # shellcheck disable=SC2086 # a path a line: on one line
    echo "Put back, and $unit does not start with that either:" $back >&2
  fi
  return 1
}

# Enables $enabling with one call, because systemd reads all of its units each time
enable_all() {
  # shellcheck disable=SC2086 # words
  [ -z "$enabling" ] || change_links enable $enabling
}

# Acts on how $unit was $judged: finishes, fails, or watches it further.
go_on() {
  if [ "$judged" = 1 ]; then
    judged=0
    once_more || judged=$?
  fi
  case $judged in
  0)
    [ "$later" = - ] || enabling="$enabling $unit"
    rm -rf "$mark" "$kept"
    ;;
  1) start_fails ;;
  *)
    value_of ControlGroup
    group=${value:--}
    value_of MainPID
    printf '%s\n' "$unit $since ${value:-0} $group $restarts $tried $step $port $verb $began $old $later $mark $kept" >>"$watching"
    ;;
  esac
}

start_unit() {
  began=$(date +%s) old=${try:--} tried=no step=${at:--} judged=0
  [ "$sub" != auto-restart ] || active=failing
  case $active:$owed in
  active:reload | reloading:reload | refreshing:reload) verb=reload-or-restart ;;
  active:restart | reloading:restart | refreshing:restart | activating:re* | failing:*) verb=restart ;;
  *) verb=start ;;
  esac
  # a reload does not start a new try
  [ "$verb" != reload-or-restart ] || old=-
  rm -f "$kept/doing" "$kept/used"
  if [ -d "$kept" ] && [ "$verb" = restart ] && processes_of "$group"; then printf %s "$doing" >"$kept/doing"; fi
  go "$verb" || judged=$?
  enabling=
  go_on && enable_all
}

# Waits until watched units must be checked: when all of them are a second old, or one has lost its main process. Older
# ones, and ones without a process, wait a fifth of a second. Records how much each has worked by then, for comparison.
rest_watching() {
  while
    clock
    left=0 gone=''
    while read -r unit since leader rest; do
      [ $((since + 100 - now)) -le "$left" ] || left=$((since + 100 - now))
      [ -d "/proc/$leader" ] || gone=yes
    done <"$watching"
    [ -z "$gone" ] && [ "$left" -gt 40 ]
  do
    sleep .2
  done
  if [ -n "$gone" ] || [ "$left" -lt 20 ]; then
    # units started later have taken long enough
    if [ "$left" -gt 0 ] || [ -n "$looked" ]; then sleep .2; fi
    return
  fi
  while read -r unit since leader group restarts tried step port verb began old later mark kept; do
    [ ! -s "$kept/doing" ] || ! work_of "$group" || printf %s "$used" >"$kept/used"
  done <"$watching"
  sleep ".$left"
}

# Checks all units that were started until each has stayed up long enough or has failed.
watch_units() {
  failed=0 looked=''
  while [ -s "$watching" ]; do
    rest_watching
    looked=yes
    mv "$watching" "$watching.last"
    set --
    enabling=
    while read -r unit rest; do set -- "$@" "$unit"; done <"$watching.last"
    # reads the clock before asking systemd, because the answer may be old by the time that it is read
    clock
    answer=$(systemctl show -p $shown -- "$@")$nl$nl
    while read -r unit since leader group restarts tried step port verb began old later mark kept <&5; do
      block=${answer%%"$nl$nl"*} answer=${answer#*"$nl$nl"} why='' hopeless='' said='' judged=0
      judge || judged=$?
      go_on || failed=1
    done 5<"$watching.last"
    enable_all || failed=1
  done
  rm -f "$watching" "$watching.last"
  return "$failed"
}
