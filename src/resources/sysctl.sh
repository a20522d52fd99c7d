# Prints the parameters' values in the kernel and in files. "$@" has five words per parameter: its name, our file, its
# file in /proc/sys, and its name with dots and with slashes.
# shellcheck disable=SC2154 # all: the lines of all files, FILE:LINE; dirs: one a line, nl: all set by sysctl.ts

IFS=$nl
set -f
while [ $# -gt 0 ]; do
  if [ -e "$2" ]; then
    {
      read -r line || :
      # shellcheck disable=SC2034 # is there another line?
      if read -r more; then line="$line …"; fi
    } <"$2"
    printf '%s\tfile\t%s\n' "$1" "$line"
  fi
  if [ -e "$3" ]; then printf '%s\tknown\n' "$1"; else printf '%s\tunknown\n' "$1"; fi
  for line in $all; do
    path=${line%%:*} text=${line#*:}
    case $path:$text in
    "$2:"*) ;;
    "$3:"*) printf '%s\tlive\t%s\n' "$1" "$text" ;;
    *.conf:*"$4"* | *.conf:*"$5"*)
      for dir in $dirs; do [ ! -e "$dir/${path##*/}" ] || break; done
      [ "$dir/${path##*/}" != "$path" ] || printf '%s\tset\t%s\t%s\n' "$1" "$path" "$text"
      ;;
    esac
  done
  shift 5
done
