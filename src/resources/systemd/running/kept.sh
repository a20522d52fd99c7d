# shellcheck disable=SC2154 # kept: the directory, set by the caller

# Prints the paths; fails if nothing was saved.
put_files_back() {
  [ -d "$kept/was" ] || [ -d "$kept/none" ] || return 1
  [ ! -d "$kept/was" ] || (cd "$kept/was" && find . ! -type d) | while IFS= read -r path; do
    path=${path#.} beside=${path%/*}/.${path##*/}.provision
    rm -f "$beside" && cp -a "$kept/was$path" "$beside" && sync "$beside" && mv -fT "$beside" "$path" && echo "$path"
  done
  [ ! -d "$kept/none" ] || (cd "$kept/none" && find . ! -type d) | while IFS= read -r path; do
    rm -f "${path#.}" && echo "${path#.}"
  done
  systemctl daemon-reload
}
