# there KIND NAME
there() {
  case $1 in
  user) getent passwd -- "$2" >/dev/null ;;
  group) getent group -- "$2" >/dev/null ;;
  directory) [ -d "$2" ] ;;
  program) case $2 in /*) [ -f "$2" ] && [ -x "$2" ] ;; *) command -v -- "$2" >/dev/null ;; esac ;;
  straight) [ "$(readlink -m -- "$2")" = "$2" ] ;;
  *) [ -e "$2" ] ;;
  esac
}

# needs ID KIND NAME OF: says what the host has not
needs() {
  ! there "$2" "$3" || return 0
  case $4 in *=*) of=$4 ;; *) of="its $4" ;; esac
  case $2:$3 in
  straight:*)
    echo "$1: a symbolic link leads to $(readlink -m -- "$3"); give that path, the link's cannot be used"
    ;;
  program:*)
    if [ "${3#/}" != "$3" ] && [ -d "$3" ]; then
      echo "$1: $3 is a directory, not a program; correct $of"
    elif [ "${3#/}" != "$3" ] && [ -e "$3" ]; then
      echo "$1: $3 may not be run: give it the mode 0755"
    else
      echo "$1: there is no program $3; list what brings it before the ${1%% *}, or correct $of"
    fi
    ;;
  directory:*)
    if [ -e "$3" ]; then
      echo "$1: $3 is not a directory; move it away, or correct $of"
    else
      echo "$1: there is no directory $3; list what makes it before the ${1%% *}, or correct $of"
    fi
    ;;
  path:*) echo "$1: there is no $3; list what makes it before the ${1%% *}, or correct $of" ;;
  *) echo "$1: there is no $2 $3; list what makes it before the ${1%% *}, or correct $of" ;;
  esac
  return 1
}
