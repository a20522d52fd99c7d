# shellcheck disable=SC2154,SC2034 # active, sub, try, group: read by start.sh; unit: the caller's; nl, can_enable, can_disable: set by unit-file-states.ts

# Sets $real, $word, $active, $sub and $try, and $later to -; an argument says that systemd has reloaded its files
# already.
look_at_unit() {
  real=$unit word='' active='' sub='' try='' group='' script='' stale='' later=-
  IFS=$nl
  set -f
  for line in $(systemctl show -p Id,UnitFileState,SourcePath,NeedDaemonReload,ActiveState,SubState,InvocationID,ControlGroup "$unit"); do
    case $line in
    Id=*) real=${line#Id=} ;;
    UnitFileState=*) word=${line#UnitFileState=} ;;
    ActiveState=*) active=${line#ActiveState=} ;;
    SubState=*) sub=${line#SubState=} ;;
    InvocationID=*) try=${line#InvocationID=} ;;
    ControlGroup=*) group=${line#ControlGroup=} ;;
    SourcePath=/etc/init.d/*) script=yes ;;
    NeedDaemonReload=yes) stale=yes ;;
    esac
  done
  unset IFS
  set +f
  if [ -n "$stale" ] && [ $# -eq 0 ]; then
    systemctl daemon-reload
    look_at_unit again
  elif [ "$script:$word" = yes:generated ]; then
    word=$(systemctl is-enabled "$unit" 2>/dev/null) || :
  fi
}

unmask_unit() {
  case $word in masked*) ;; *) return 0 ;; esac
  systemctl unmask --quiet "$unit" "$real"
  systemctl unmask --quiet --runtime "$unit" "$real"
  look_at_unit
}

# is_one_of WORD LINES
is_one_of() { case $nl$2$nl in *"$nl$1$nl"*) ;; *) return 1 ;; esac }

# enable_unit now|later: later sets $later if necessary, and the code that starts the unit enables it then
enable_unit() {
  is_one_of "$word" "$can_enable" || return 0
  if [ "$1" = later ]; then later=yes; else change_links enable "$real"; fi
}
disable_unit() {
  is_one_of "$word" "$can_disable" || return 0
  file=/etc/systemd/system/$real
  linked=$(readlink -- "$file") || linked=
  change_links disable "$real"
  # systemctl also removes the link without which systemd does not know a unit that lies elsewhere
  case $linked in
  '' | /dev/null | /lib/systemd/* | /usr/lib/systemd/*) ;;
  *)
    [ -L "$file" ] || {
      ln -s -- "$linked" "$file"
      systemctl daemon-reload
    }
    ;;
  esac
}
