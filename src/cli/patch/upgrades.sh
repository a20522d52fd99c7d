# Upgrades of a host's packages. Uses apt.sh.

# an upgrade removes nothing, and leaves held packages alone
upgrade_options='--with-new-pkgs --no-remove'

# coming: prints NAME, the installed version (none for a new package), the new version and its origin, separated by
# tabs. Fails with apt's message if apt cannot tell
coming() {
  # shellcheck disable=SC2086 # the options are words
  inst=$(apt-get -s -q -o Debug::NoLocking=true $upgrade_options upgrade 2>&1) || {
    printf '%s\n' "$inst" | grep -v '^W:' | tail -n 1
    return 1
  }
  printf '%s\n' "$inst" | sed -n 's/^Inst \([^ ]*\) \(\[\([^]]*\)\] \)\{0,1\}(\([^ ]*\) \(.*\) \[[^ ]*\]).*/\1\t\3\t\4\t\5/p'
}

# upgrade_all, upgrade_security: run that upgrade. Security: packages from a suite of that name, with their dependencies
upgrade_all() {
  # shellcheck disable=SC2086 # the options are words
  apt_get $upgrade_options upgrade
}
upgrade_security() {
  names=$(coming) || give_up "$names"
  names=$(printf '%s\n' "$names" | awk -F '\t' '$2 != "" && $4 ~ /-security/ { print $1 "=" $3 }')
  # shellcheck disable=SC2086 # the names are words
  [ -z "$names" ] || apt_get --no-remove --only-upgrade install $names
}

# libc: its version. Running processes keep using the version that was installed when they started
libc() { dpkg-query -W -f '${Version} ' libc6 2>/dev/null || :; }

# tell_upgrades NAME…: prints for each item NAME what is coming, each line prefixed with the name, or `!` and the error
tell_upgrades() {
  for name; do
    if ! command -v apt-get >/dev/null; then
      printf '%s\t!\tonly packages of apt can be upgraded\n' "$name"
    elif all=$(coming); then
      printf '%s\n' "$all" | while IFS= read -r line; do printf '%s\t%s\n' "$name" "$line"; done
    else
      printf '%s\t!\tapt cannot tell what it would upgrade: %s\n' "$name" "$all"
    fi
  done
}

# upgrade upgrade_all|upgrade_security: runs that upgrade, and says why a reboot is needed, if it is
upgrade() {
  apt_mend
  before=$(libc)
  "$1"
  if [ "$(libc)" != "$before" ]; then
    : >>/run/reboot-required
    echo libc6 >>/run/reboot-required.pkgs
  fi
}
