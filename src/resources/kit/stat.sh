# shellcheck disable=SC2154 # few, nl, stat_format: set by stat.ts

# stat_names NUMBER: prints what is at each path in $names (one per line)
stat_names() {
  IFS=$nl
  set -f
  # shellcheck disable=SC2086 # names: words
  if [ "$1" -le "$few" ]; then
    complaints=$(QUOTING_STYLE=c stat --printf "$stat_format" -- $names 2>&1 >&3) || :
  else
    # for many paths, sends only those of links twice
    complaints=$({
      printf '%s\n' "$names" | QUOTING_STYLE=c xargs -d '\n' stat --printf "$stat_format" -- 2>&4 |
        sed '/" -> "/!s/\t"[^\t]*$//' >&3
    } 4>&1) || :
  fi 3>&1
  if [ -n "$complaints" ] && printf '%s' "$complaints" | grep -qv -e ': No such file or directory$' -e ': Not a directory$' \
    -e ': Too many levels of symbolic links$'; then
    printf '%s\n' "$complaints" >&2
    exit 1
  fi
  absent=0
  for name in $names; do
    if [ ! -e "$name" ] && [ ! -L "$name" ]; then
      printf '%s\tabsent\n' "$name"
      absent=$((absent + 1))
    fi
  done
  # shellcheck disable=SC2086 # one complaint a line
  set -- $complaints
  [ $# -eq "$absent" ] || stat_again
}

# what another program has made since `stat` did not find it; what it found says the same twice
stat_again() {
  for name in $names; do
    if [ -e "$name" ] || [ -L "$name" ]; then
      QUOTING_STYLE=c stat --printf "$stat_format" -- "$name" 2>/dev/null || printf '%s\tabsent\n' "$name"
    fi
  done
}
