# shellcheck disable=SC2154,SC2034 # active, sub, try, group: read by start.sh; unit: the caller's; nl, can_enable, can_disable: set by unit-file-states.ts

# Sets $real, $word, $active, $sub and $try, and $later to -; an argument says that systemd has reloaded its files
# already.
look_at_unit() {
  real=$unit word='' active='' sub='' try='' group='' script='' stale='' later=- files=''
  IFS=$nl
  set -f
  for line in $(systemctl show -p Id,UnitFileState,SourcePath,NeedDaemonReload,ActiveState,SubState,InvocationID,ControlGroup,FragmentPath,DropInPaths "$unit"); do
    case $line in
    Id=*) real=${line#Id=} ;;
    UnitFileState=*) word=${line#UnitFileState=} ;;
    ActiveState=*) active=${line#ActiveState=} ;;
    SubState=*) sub=${line#SubState=} ;;
    InvocationID=*) try=${line#InvocationID=} ;;
    ControlGroup=*) group=${line#ControlGroup=} ;;
    SourcePath=/etc/init.d/*) script=yes ;;
    FragmentPath=* | DropInPaths=*) files="$files ${line#*=}" ;;
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

# Sets $targets to what the [Install] section of a unit that consists of $files names.
read_targets() {
  # shellcheck disable=SC2086 # paths
  targets=$(sed -n 's/^[[:space:]]*\(WantedBy\|RequiredBy\|UpheldBy\|Alias\|Also\)[[:space:]]*=//p' $files 2>/dev/null) || :
  # shellcheck disable=SC2086 # words
  targets=$(printf '%s ' $targets)
}

# wanted_by_nothing [TARGET…]: are these targets only, and does none of them exist?
wanted_by_nothing() {
  case " $* " in "  " | *" multi-user.target "* | *%*) return 1 ;; esac
  for target; do case $target in *.target) ;; *) return 1 ;; esac done
  ! systemctl show -p LoadState --value -- "$@" | grep -qv -e '^$' -e '^not-found$'
}

# enable_unit now|later: later sets $later if necessary, and the code that starts the unit enables it then
enable_unit() {
  is_one_of "$word" "$can_enable" || return 0
  read_targets
  # shellcheck disable=SC2086 # words
  ! wanted_by_nothing $targets || {
    echo "a boot would not start $real: its [Install] section names only ${targets% }, which does not exist; correct that, or list what brings it before the service" >&2
    return 1
  }
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
