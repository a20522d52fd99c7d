# Requires getent.ts: IFS is a line break, and globbing is off.
# shellcheck disable=SC2154 # found, line: set by getent.ts; nl: by user.ts

existing=
for line in $found; do existing="$existing$IFS${line%%:*}"; done
# shellcheck disable=SC2086 # a name a line
[ -z "$existing" ] || memberships=$(groups $existing 2>/dev/null) || [ -n "$memberships" ]
# shellcheck disable=SC2086 # a name a line
[ -z "$existing" ] || passwords=$(getent shadow $existing) || [ $? -eq 2 ]

# no_shell NAME PATH
no_shell() { [ -z "$2" ] || { [ -f "$2" ] && [ -x "$2" ]; } || printf '%s\tno shell\n' "$1"; }

# look NAME DIGEST SHELL: DIGEST is that of the wanted authorized_keys
look() {
  line_of "$1" : "$passwords"
  case ${line#*:} in '!'* | '*'*) locked=yes ;; *) locked=no ;; esac
  line_of "$1" ' : ' "$memberships"
  groups=${line#* : }
  line_of "$1" : "$found"
  wanted=$3
  if [ -z "$line" ]; then
    printf '%s\tabsent\n' "$1"
    no_shell "$1" "$wanted"
    return
  fi
  IFS=:
  # shellcheck disable=SC2086 # the fields of /etc/passwd
  set -- "$1" "$2" $line
  IFS=$nl
  home=$8 has=no
  [ ! -d "$home" ] || has=yes
  printf '%s\tuser\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$5" "$6" "$7" "$8" "$9" "$has" "$locked" "$groups"
  no_shell "$1" "${wanted:-$9}"
  [ -n "$2" ] || return 0
  keys=$home/.ssh/authorized_keys
  access=$(stat -c '%F %a %u' -- "$home/.ssh" "$keys" 2>/dev/null | tr '\n' ',') || :
  if [ -f "$keys" ] && [ "$(sha256sum <"$keys" | cut -c 1-64)" = "$2" ]; then
    printf '%s\tkeys\t%s\tsame\n' "$1" "$access"
  else
    printf '%s\tkeys\t%s\tis\t%s\n' "$1" "$access" "$([ ! -f "$keys" ] || head -c 65536 -- "$keys" | base64 -w0)"
  fi
}
