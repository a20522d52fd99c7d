# The links that enable a unit. systemctl removes them neither with a unit's file, nor when its [Install] section
# changes.
# shellcheck disable=SC2154 # unit_folder: set by systemd-unit.ts

# drop_links UNIT: removes what enabled a unit, or instances of it, whose file is gone
drop_links() {
  for link in "$unit_folder"/* "$unit_folder"/*.wants/* "$unit_folder"/*.requires/* "$unit_folder"/*.upholds/*; do
    if [ -L "$link" ] && [ ! -e "$link" ]; then
      to=$(readlink -- "$link")
      [ "${to##*/}" != "$1" ] || rm -f -- "$link"
    fi
  done
}

# install_section UNIT: prints what it says about its links
install_section() {
  [ ! -f "$unit_folder/$1" ] || sed -n -e '/^\[Install\]/,/^\[[^I]/{ /^\[/d; /^[[:space:]]*$/d; /^[#;]/d; p; }' "$unit_folder/$1"
}

# note_links UNIT…: before their files change
note_links() {
  noted=$(install_sections "$@")
}

# install_sections UNIT…: prints `UNIT SECTION`, a line each, of those that say something about their links
install_sections() {
  for unit; do
    section=$(install_section "$unit" | tr '\n' '\r')
    [ -z "$section" ] || printf '%s %s\n' "$unit" "$section"
  done
}

# compare_links UNIT…: after their files have changed, adds those to $relink whose links are no longer right
compare_links() {
  [ -z "$noted" ] || relink="$relink $(printf '%s\n' "$noted" | grep -vxF -e "$(install_sections "$@" | grep . || echo none)" | sed 's/ .*//')"
}

# enabled_by UNIT: prints it, or the enabled instances of a template
enabled_by() {
  case $1 in
  *@.*)
    for link in "$unit_folder"/*.wants/* "$unit_folder"/*.requires/* "$unit_folder"/*.upholds/*; do
      case ${link##*/} in "${1%@*}@."*) ;; "${1%@*}@"*".${1##*.}") printf '%s\n' "${link##*/}" ;; esac
    done | sort -u
    ;;
  *) printf '%s\n' "$1" ;;
  esac
}

# make_links: after systemd has reloaded its files
make_links() {
  for unit in $relink; do
    for each in $(enabled_by "$unit"); do
      [ "$(systemctl is-enabled "$each" 2>/dev/null)" != enabled ] || systemctl reenable --quiet "$each"
    done
  done
}
