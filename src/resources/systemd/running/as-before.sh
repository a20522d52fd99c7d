# shellcheck disable=SC2154 # before, unit_dir: set by as-before.ts; unit, place, mark: set by the caller

# note_before NAME…: records the state of $unit, of these files and of its directory ($place) before a step changes them
note_before() {
  rm -rf "$before"
  (umask 077 && mkdir -p "$before")
  for name; do
    if [ -e "$unit_dir/$name" ] || [ -L "$unit_dir/$name" ]; then cp -a "$unit_dir/$name" "$before/$name"; fi
  done
  ran='' had_mark=''
  [ ! -e "$mark" ] || had_mark=yes
  ! systemctl -q is-active "$unit" || ran=yes
  stays=$place
  until [ -z "$stays" ] || [ -e "$stays" ]; do stays=${stays%/*}; done
}

# as_before NAME…: restores them. A unit that could not start is not enabled for the next boot, and one that ran runs
# again.
as_before() {
  for name; do
    if [ -e "$before/$name" ] || [ -L "$before/$name" ]; then
      rm -f "$unit_dir/.$name.provision"
      cp -a "$before/$name" "$unit_dir/.$name.provision" && mv -fT "$unit_dir/.$name.provision" "$unit_dir/$name"
    else
      systemctl disable --quiet "$name" 2>/dev/null || :
      rm -f "$unit_dir/$name"
    fi
  done
  systemctl daemon-reload
  systemctl reset-failed "$unit" 2>/dev/null || :
  [ -z "$ran" ] || unit_job start "$unit" || :
  while [ "$place" != "$stays" ] && rmdir "$place" 2>/dev/null; do place=${place%/*}; done
  [ -n "$had_mark" ] || rm -f "$mark"
  rm -rf "$before"
}
