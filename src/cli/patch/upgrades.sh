# Upgrades of a host's packages. Uses apt.sh.

# Nothing is removed for an upgrade, and what is held stays
upgrade_options='--with-new-pkgs --no-remove'

# coming: prints NAME, the version that is there (none: a new package), the one that would come and where it comes from,
# with a tab between them. Fails with apt's complaint where that cannot be told
coming() {
  # shellcheck disable=SC2086 # the options are words
  inst=$(apt-get -s -q -o Debug::NoLocking=true $upgrade_options upgrade 2>&1) || {
    printf '%s\n' "$inst" | grep -v '^W:' | tail -n 1
    return 1
  }
  printf '%s\n' "$inst" | sed -n 's/^Inst \([^ ]*\) \(\[\([^]]*\)\] \)\{0,1\}(\([^ ]*\) \(.*\) \[[^ ]*\]).*/\1\t\3\t\4\t\5/p'
}

# upgrade_all, upgrade_security: carry that out. Security: what comes from a suite of that name, with what it depends on
upgrade_all() {
  # shellcheck disable=SC2086 # the options are words
  apt_online $upgrade_options upgrade
}
upgrade_security() {
  names=$(coming) || give_up "$names"
  names=$(printf '%s\n' "$names" | awk -F '\t' '$2 != "" && $4 ~ /-security/ { print $1 "=" $3 }')
  # shellcheck disable=SC2086 # the names are words
  [ -z "$names" ] || apt_online --no-remove --only-upgrade install $names
}

# libc: its version. Every process of the host runs with the one that was there when it began
libc() { dpkg-query -W -f '${Version} ' libc6 2>/dev/null || :; }

# tell_upgrades NAME…: prints for each item NAME what is coming, its name before each line, or `!` and why that cannot
# be told
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

# upgrade upgrade_all|upgrade_security: carries that out, and says where the host must be booted for it
upgrade() {
  apt_mend
  before=$(libc)
  "$1"
  if [ "$(libc)" != "$before" ]; then
    : >>/run/reboot-required
    echo libc6 >>/run/reboot-required.pkgs
  fi
}
