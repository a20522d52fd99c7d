# look_at_edit NAME PATH SHOWN FUNCTION [ARGUMENT…]: prints what an edit would change in a file. FUNCTION prints the
# edited text of its last argument, a file, and returns $unclear, if that is set, where it cannot know what to replace.
# SHOWN is empty if the diff must not be shown, as for a file that is not world-readable.
look_at_edit() {
  name=$1 path=$2 shown=$3
  shift 3
  if [ ! -e "$path" ]; then
    printf '%s\tno file\n' "$name"
    file=/dev/null
  elif [ -f "$path" ]; then
    file=$path
  else
    printf '%s\t!\t%s is not a plain file\n' "$name" "$path"
    return
  fi
  # shellcheck disable=SC2034 # block.sh returns it
  unclear=3
  # each line of a diff begins with a sign
  says=$({ { "$@" "$file" || echo "status $?" >&3; } | diff -U3 -- "$file" -; } 3>&1) || [ $? = 1 ] || says='status 2'
  # shellcheck disable=SC2034 # as above
  unclear=
  case $says in
  *'status '*) status=$(printf '%s\n' "$says" | sed -n 's/^status //p') ;;
  *) status='' ;;
  esac
  case $status in
  '') ;;
  3)
    printf '%s\tunclear\n' "$name"
    says=$(printf '%s\n' "$says" | sed '/^status 3$/d')
    ;;
  *)
    why=$("$@" "$file" 2>&1 >/dev/null | tail -n 1) || :
    printf '%s\t!\t%s cannot be edited%s\n' "$name" "$path" "${why:+: $why}"
    return
    ;;
  esac
  if [ -z "$says" ]; then
    printf '%s\tsame\n' "$name"
  elif [ -z "$shown" ] || [ -z "$(find -L "$file" -maxdepth 0 -perm -4)" ]; then
    printf '%s\tdiffers\n' "$name"
  else
    printf '%s\tdiffers\t' "$name"
    printf '%s\n' "$says" | tail -n +3 | base64 -w0
    echo
  fi
}

# edit_file PATH MODE FUNCTION [ARGUMENT…]: writes the edited text beside the file, as "$hidden", with the file's owner
# and mode; "$real" is the file to replace. A new file gets MODE.
edit_file() {
  real=$(readlink -m -- "$1")
  mode=$2
  hidden=${real%/*}/.${real##*/}.provision
  # what a killed run left may lie beside the path, if that has become a link only since
  set -- "${1%/*}/.${1##*/}.provision" "$@"
  rm -rf -- "$1" "$hidden"
  shift 3
  [ -d "${real%/*}" ] || {
    echo "$real: there is no directory ${real%/*} to put it into" >&2
    return 1
  }
  trap 'room "$hidden" 2>/dev/null || :; rm -f -- "$hidden"' EXIT
  if [ -e "$real" ]; then
    [ -f "$real" ] || {
      echo "$real is not a plain file" >&2
      return 1
    }
    cp -a -- "$real" "$hidden"
    "$@" "$real" >"$hidden"
  else
    (
      umask 077
      : >"$hidden"
    )
    "$@" /dev/null >"$hidden"
    chmod "$mode" "$hidden"
  fi
}
