# shellcheck disable=SC2154 # stamp, heard, patience, unpacking: set by apt.ts; silence: by awake.ts

seconds() {
  read -r up rest </proc/uptime
  echo "${up%.*}"
}

# patiently COMMAND…: waits while another process holds the lock that the command needs. Its stderr goes to a file, not
# a pipe: a daemon that a package starts would keep a pipe open forever
patiently() {
  until=$(($(seconds) + patience)) last=
  while :; do
    status=0
    "$@" 2>"$heard" || status=$?
    if [ "$status" = 0 ] || ! grep -q -e 'lock was locked by' -e 'Could not get lock' "$heard"; then break; fi
    pid=$(sed -n -e 's/.*with pid \([0-9][0-9]*\).*/\1/p' -e 's/.*held by process \([0-9][0-9]*\).*/\1/p' "$heard" | head -n 1)
    holder="process ${pid:-unknown}"
    [ -z "$pid" ] || ! [ -r "/proc/$pid/cmdline" ] || holder="$holder ($(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c 1-80 | sed 's/ *$//'))"
    [ "$(seconds)" -lt "$until" ] || give_up "the package manager's lock was still held by $holder after $patience s; let it finish or end it, then run again"
    [ "$holder" = "$last" ] || printf 'waiting for the package manager, which is locked by %s\n' "$holder"
    last=$holder
    sleep 2
  done
  cat "$heard" >&2
  return "$status"
}

options='-q -y -o Dpkg::Use-Pty=0 -o APT::Cmd::Pattern-Only=true -o APT::Get::AutomaticRemove=false -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'

# apt_get WORD…: ends apt-get when it hangs, but only until dpkg begins, because a package's own script may take long in
# silence. From then on, $unpacking exists
apt_get() {
  rm -f "$unpacking"
  # shellcheck disable=SC2034 # read by awake.sh
  busy=$unpacking ended=0
  # shellcheck disable=SC2086 # the options are words
  patiently awake '/var/lib/apt/lists /var/cache/apt/archives' apt-get $options -o "DPkg::Pre-Invoke::=: >$unpacking" "$@" || ended=$?
  # shellcheck disable=SC2034 # read by awake.sh
  busy=
  return "$ended"
}

# A failure here does not end the run: apt decides whether it matters
apt_mend() { patiently dpkg --force-confdef --force-confold --configure -a || :; }

# fetches the lists
apt_refresh() {
  # shellcheck disable=SC2034 # read by pkg-transaction.sh, apt-choice.sh
  refreshed=yes candidates=
  touch "$stamp.new"
  # shellcheck disable=SC2034 # counts only
  for try in 1 2; do
    status=0
    apt_get -o APT::Update::Error-Mode=any update || status=$?
    case $status in
    0)
      mv -f "$stamp.new" "$stamp"
      return
      ;;
    124) echo "apt-get update had received nothing for $silence s and was ended" ;;
    *) break ;;
    esac
  done
  echo 'not all lists of packages could be refreshed; going on with those that are there'
  # shellcheck disable=SC2034 # read by apt-choice.sh
  [ "$status" != 124 ] || old="; the lists are old: apt-get update had received nothing for $silence s, twice"
}

# fetches the lists if they are missing, older than a day, or older than a repository
apt_ready() {
  [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ] || {
    apt_refresh
    return
  }
  [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer "$stamp" 2>/dev/null)" ] || apt_refresh
}
