# systemctl also enables and disables the units that Also= in an [Install] section names.
# shellcheck disable=SC2154 # links_in: the folder of the links, tab, nl: all set by also.ts; named_units: the units that the recipes name, a space around each, set by service.ts

# links_of_named UNIT…: lists the links of units that the recipes name, except those of these units
links_of_named() {
  find "$links_in" -type l -printf '%f\t%p\t%l\n' | awk -F "$tab" -v named="$named_units" -v own=" $* " '
    function is(words, word) { return index(words, " " word " ") > 0 }
    { to = $3; sub(/.*\//, "", to) }
    !is(own, $1) && !is(own, to) && (is(named, $1) || is(named, to)) { print $2 "\t" $3 }'
}

# only_in LIST OTHER: prints the lines of LIST that OTHER lacks
only_in() { printf '%s\n' "$1" | grep . | grep -vxF -e "${2:-$tab}" || :; }

# change_links enable|disable UNIT…: what the recipes say of other units remains so
change_links() {
  deed=$1
  shift
  case $nl$(systemctl cat -- "$@" 2>/dev/null) in
  *"${nl}Also="*) ;;
  *)
    systemctl "$deed" --quiet "$@"
    return
    ;;
  esac
  links=$(links_of_named "$@")
  systemctl "$deed" --quiet "$@"
  changed=$(links_of_named "$@")
  [ "$links" != "$changed" ] || return 0
  only_in "$changed" "$links" | while IFS=$tab read -r link to; do rm -f -- "$link"; done
  only_in "$links" "$changed" | while IFS=$tab read -r link to; do
    mkdir -p -- "${link%/*}"
    ln -sfn -- "$to" "$link"
  done
  systemctl daemon-reload
}
