# list_rules FAMILY TABLE: prints the kernel's table without counters, and without set elements that rules or timeouts
# change.
list_rules() {
  rules=$(nft -s -t list table "$1" "$2" 2>/dev/null) || return
  case $rules in
  *flags*dynamic* | *flags*timeout*) ;;
  *) rules=$(nft -s list table "$1" "$2") || return ;;
  esac
  printf '%s\n' "$rules"
}

# look_at_rules NAME FAMILY TABLE UNIT RECORD: prints what is loaded, whether it is as this program loaded it, and
# whether a boot loads it.
look_at_rules() {
  if command -v nft >/dev/null && rules=$(list_rules "$2" "$3"); then
    from='' was=''
    [ ! -e "$5" ] || read -r from was <"$5" || :
    is=$(printf '%s\n' "$rules" | sha256sum)
    printf '%s\tloaded\t%s\t%s\n' "$1" "${from:--}" "$([ "$was" != "${is%% *}" ] || echo same)"
  fi
  [ ! -L "/etc/systemd/system/sysinit.target.wants/$4" ] || printf '%s\tboot\n' "$1"
}
