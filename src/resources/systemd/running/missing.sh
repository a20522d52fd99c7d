# shellcheck disable=SC2154 # unit: set by the caller

# lacks KEY WHAT NAME
lacks() { echo "$unit: there is no $2 $3; list what makes it before the service, or correct $1= in the unit"; }

# not_there KEY: says why the program $path cannot be run, if it cannot
not_there() {
  if [ ! -f "$path" ]; then
    lacks "$1" program "$path"
  elif [ ! -x "$path" ]; then
    echo "$unit: $path may not be run: give it the mode 0755"
  else
    # dash's read copes with the bytes of a program
    read -r first <"$path" 2>/dev/null || :
    case $first in '#!'*) ;; *) return 0 ;; esac
    interpreter=${first#??}
    interpreter=${interpreter#"${interpreter%%[! ]*}"} interpreter=${interpreter%% *}
    plain=$(printf %s "$interpreter" | tr -d '\r')
    if [ "$plain" != "$interpreter" ]; then
      echo "$unit: the first line of $path ends in a carriage return, so there is no $plain for it: write its lines without"
    elif [ ! -x "$interpreter" ]; then
      echo "$unit: there is no $interpreter to run $path with; list what brings it before the service, or correct the first line of $path"
    fi
  fi
}

# Reports what $unit names and the host lacks: systemd's own message has numbers and steps, and often no name.
missing_here() {
  shown_of=$(systemctl show \
    -p User,Group,SupplementaryGroups,DynamicUser,EnvironmentFiles,WorkingDirectory,RootDirectory,RootImage,What,ExecCondition,ExecStartPre,ExecStart "$unit")
  case $shown_of in *DynamicUser=yes*) dynamic=yes ;; *) dynamic= ;; esac
  # a root directory of its own has other files
  case $shown_of in *RootDirectory=/* | *RootImage=/*) own_root=yes ;; *) own_root= ;; esac
  printf '%s\n' "$shown_of" | while IFS= read -r line; do
    key=${line%%=*} value=${line#*=}
    case $key:$value in
    *:) ;;
    User:*[!0-9]*) [ -n "$dynamic" ] || getent passwd "$value" >/dev/null || lacks User user "$value" ;;
    Group:*[!0-9]*) [ -n "$dynamic" ] || getent group "$value" >/dev/null || lacks Group group "$value" ;;
    SupplementaryGroups:*)
      for group in $value; do getent group "$group" >/dev/null || lacks "$key" group "$group"; done
      ;;
    EnvironmentFiles:*[*?[]*) ;;
    EnvironmentFiles:*' (ignore_errors=no)') [ -e "${value% (*}" ] || lacks EnvironmentFile file "${value% (*}" ;;
    What:/*) [ -e "$value" ] || echo "$unit: there is no $value to mount; attach or make it, or correct the mount's device" ;;
    RootDirectory:/*) [ -d "$value" ] || lacks RootDirectory directory "$value" ;;
    WorkingDirectory:/*) [ -n "$own_root" ] || [ -d "$value" ] || lacks WorkingDirectory directory "$value" ;;
    Exec*:*' ; ignore_errors=no ; '*)
      path=${value#*path=}
      path=${path%% ; *}
      case $own_root$path in /*) not_there "$key" ;; esac
      ;;
    esac
  done >&2
}
