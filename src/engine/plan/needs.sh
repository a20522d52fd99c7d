# holder_of KIND NUMBER NAME: prints another account than NAME that has the number
holder_of() {
  case $1 in uid) base=passwd ;; *) base=group ;; esac
  getent "$base" -- "$3" | cut -d : -f 3 | grep -qx -- "$2" || getent "$base" -- "$2" | cut -d : -f 1
}

# there KIND NAME OF
there() {
  case $1 in
  uid | gid) [ -z "$(holder_of "$1" "$2" "$3")" ] ;;
  user) getent passwd -- "$2" >/dev/null ;;
  group) getent group -- "$2" >/dev/null ;;
  directory) [ -d "$2" ] ;;
  program) case $2 in /*) [ -f "$2" ] && [ -x "$2" ] ;; *) command -v -- "$2" >/dev/null ;; esac ;;
  place) real=$(readlink -m -- "$2") && [ ! -L "$real" ] && [ -d "${real%/*}/" ] ;;
  unit) [ "$(systemctl show -p LoadState --value -- "$2")" != not-found ] ;;
  straight) [ "$(readlink -m -- "$2")" = "$2" ] && ! broken_link "$2" >/dev/null ;;
  *) [ -e "$2" ] ;;
  esac
}

# needs ID KIND NAME OF FROM: reports what the host lacks. OF and FROM may be empty
needs() {
  ! there "$2" "$3" "$4" || return 0
  case $2 in uid | gid)
    echo "$1: the $2 $3 belongs to $(holder_of "$2" "$3" "$4"); give another $2, or list what removes $(holder_of "$2" "$3" "$4") before the ${1%% *}"
    return 1
    ;;
  esac
  what=$3
  case $4 in '') else='' ;; *=*) else=", or correct $4" ;; *) else=", or correct its $4" ;; esac
  case $2 in place) what=$(readlink -m -- "$3") what=${what%/*} ;; esac
  case $2 in user | group | unit) is="$2 $what" ;; program) is="program $what" ;; path) is=$what ;; *) is="directory $what" ;; esac
  case $2 in program | unit) before='what brings it' ;; *) before='what makes it' ;; esac
  broken=''
  case $2:$3 in user:* | group:*) ;; *:/*) broken=$(broken_link "$3") || broken='' ;; esac
  if [ -n "$broken" ]; then
    echo "$1: $broken; fix the link$else"
  elif [ "$2" = straight ]; then
    echo "$1: a symbolic link leads to $(readlink -m -- "$3"); give that path, the link's cannot be used"
  elif [ "$2" != program ] && [ "$is" = "directory $what" ] && [ -e "$what" ]; then
    echo "$1: $what is not a directory; move it away$else"
  elif [ "$2" = program ] && [ "${3#/}" != "$3" ] && [ -d "$3" ]; then
    echo "$1: $3 is a directory, not a program${else:+;${else#, or}}"
  elif [ "$2" = program ] && [ "${3#/}" != "$3" ] && [ -e "$3" ]; then
    echo "$1: $3 may not be run: give it the mode 0755"
  else
    echo "$1: there is no $is; list ${5:-$before} before the ${1%% *}$else"
  fi
  return 1
}
