# shellcheck disable=SC2154 # paths: what stat_names has printed; tab; marker: the name of the marker; all set by archive.ts

# say ITEM PATH WORD: prints what is known of a path
say() {
  printf '%s\n' "$paths" | while IFS= read -r line; do
    case $line in "$2$tab"*) printf '%s\t%s\t%s\n' "$1" "$3" "${line#*"$tab"}" ;; esac
  done
}

# look DIRECTORY LINK TRASH
look() {
  say "$1" "$1" directory
  content=none
  if [ -f "$1/$marker" ]; then
    content=$(head -c 1000 "$1/$marker" | head -n 1)
  elif [ -d "$1" ] && [ -z "$(ls -A -- "$1")" ]; then
    content=empty
  fi
  printf '%s\tcontent\t%s\n' "$1" "$content"
  [ ! -e "$3" ] || printf '%s\tleft\n' "$1"
  [ -z "$2" ] || say "$1" "$2" link
}
