# set_parameter KEY VALUE FILE: sets the value in the running kernel; FILE is the parameter's file in /proc/sys. Sets
# was to the former value.
set_parameter() {
  [ -e "$3" ] || {
    echo "$1: the kernel does not know this parameter; is it spelt right, and is its module loaded?" >&2
    exit 1
  }
  was=$(cat "$3")
  said=$({ env printf '%s\n' "$2" >"$3"; } 2>&1) || {
    echo "$1: the kernel does not take $2: ${said##*: }" >&2
    exit 1
  }
  is=$(tr -s '[:space:]' ' ' <"$3")
  [ "${is% }" = "$2" ] || {
    printf '%s\n' "$was" >"$3" || :
    echo "$1: the kernel made ${is% } of $2; write a value that it keeps" >&2
    exit 1
  }
}
