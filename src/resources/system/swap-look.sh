# fstab_lines NAME LINE FILE: prints the table with LINE as the entry of NAME; an empty LINE removes the entry. Keeps an
# entry that means the same.
fstab_lines() {
  name=$1 line=$2 awk '
    function wish(options) { gsub(/,/, ",,", options); gsub(/(^|,)(sw|defaults)(,|$)/, ",", options); gsub(/,+/, ",", options); gsub(/^,|,$/, "", options); return options }
    BEGIN { name = ENVIRON["name"]; line = ENVIRON["line"]; split(line, wanted) }
    $1 == name && $3 == "swap" {
      if (line != "" && !found++) print (wish($4) == wish(wanted[4]) ? $0 : line)
      next
    }
    { print }
    END { if (line != "" && !found) print line }' "$3"
}

# swap_priority PATH: prints the priority of active swap; nothing if it is off
swap_priority() { awk -v "name=$(readlink -f -- "$1")" '$1 == name { print $5 }' /proc/swaps; }

# look_at_swap NAME LINE: prints what is at the path, whether it is active, and whether the table has the right entry.
look_at_swap() {
  if [ -b "$1" ]; then
    printf '%s\tis\tdevice\n' "$1"
  elif [ -f "$1" ] && [ ! -L "$1" ]; then
    printf '%s\tis\tfile\t%s\n' "$1" "$(stat -c '%s %a %U:%G' -- "$1")"
  elif [ -e "$1" ] || [ -L "$1" ]; then
    printf '%s\tis\tother\n' "$1"
  else
    printf '%s\tis\tabsent\n' "$1"
  fi
  on=$(swap_priority "$1")
  if [ -n "$on" ]; then
    printf '%s\ton\t%s\n' "$1" "$on"
  elif [ -b "$1" ] || [ -f "$1" ]; then
    printf '%s\tholds\t%s\n' "$1" "$(swap_content "$1")"
  fi
  [ -e /etc/fstab ] && table=/etc/fstab || table=/dev/null
  if fstab_lines "$1" "$2" "$table" | cmp -s - "$table"; then printf '%s\ttable\n' "$1"; fi
}

# swap_content PATH: prints swap, nothing (its first MB is zeros, and no tool recognises it), or something
swap_content() {
  found=$(blkid -p -s TYPE -s PTTYPE -o value -- "$1" 2>/dev/null | tr '\n' ' ') || :
  case $found in
  'swap ') echo swap ;;
  '') if [ "$(head -c 1048576 -- "$1" | tr -d '\000' | wc -c)" = 0 ]; then echo nothing; else echo something; fi ;;
  *) echo something ;;
  esac
}
