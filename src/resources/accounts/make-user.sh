# Functions that create a user. Requires account-tool.sh and keys-place.sh.
# shellcheck disable=SC2154 # nl, says, elsewhere: set by keys-place.sh

# unmake_user NAME HOME: removes a new user that could not be completed, and its home if that is new
unmake_user() {
  ! getent passwd "$1" >/dev/null || userdel "$1"
  [ -z "$2" ] || rm -rf --one-file-system -- "$2" "$2.provision"
}

# has_shell NAME PATH: sshd and login reject a user whose shell does not exist, so better change nothing
has_shell() {
  if [ ! -f "$2" ] || [ ! -x "$2" ]; then
    echo "user $1: this host has no program $2 to be its shell; install it first" >&2
    exit 1
  fi
}

# add_user NAME GROUP UID RANGE OPTION…: an empty GROUP stands for the group of the user's name, which is created if
# necessary, an empty UID for a free one. RANGE: SYS_ for a system user, or empty
add_user() (
  name=$1 group=$2 uid=$3 range=$4 gid=
  shift 4
  [ -n "$group" ] || ! getent group "$name" >/dev/null || group=$name
  if [ -n "$group" ]; then
    [ -n "$uid" ] || uid=$(unstated_id "${range}UID" '' passwd)
    set -- -g "$group" "$@"
  else
    [ -n "$uid" ] || uid=$(unstated_id "${range}UID" '' passwd group)
    gid=$(unstated_id "${range}GID" "$uid" group)
    # useradd has no option for the number of the new group: a range of one number is one
    set -- -U ${gid:+-K "${range}GID_MIN=$gid" -K "${range}GID_MAX=$gid"} "$@"
  fi
  [ -z "$uid" ] || set -- -u "$uid" "$@"
  account useradd "$@" "$name"
)

home_of() { getent passwd "$1" | cut -d : -f 6; }

# make_home NAME NONE: useradd may have been killed before it made the home. NONE: the home of users who have none
make_home() {
  home=$(home_of "$1")
  if [ ! -d "$home" ] && [ "$home" != "$2" ]; then
    rm -rf "$home.provision"
    mkdir -p "${home%/*}"
    cp -RT /etc/skel "$home.provision"
    chown -R "$1:" "$home.provision"
    chmod 00700 "$home.provision"
    mv -T "$home.provision" "$home"
  fi
}

# take_home NAME: files that a former user of that name left in the home belong to a number without a user
take_home() {
  home=$(home_of "$1")
  whose=$(stat -c %u -- "$home" 2>/dev/null) || :
  [ -z "$whose" ] || getent passwd "$whose" >/dev/null || chown -hR --from="$whose" "$1:" "$home"
}

may_write() { case $1 in *[2367]) ;; *) return 1 ;; esac }

# taken_by_sshd NAME HOME: fails if sshd would ignore keys in that home because it reads others, or somebody else may
# write it (StrictModes)
taken_by_sshd() {
  sshd_says "$1" || return 0
  reads_keys_in "$1" "$2" || {
    echo "user $1: $elsewhere" >&2
    return 1
  }
  case $nl$says$nl in *"${nl}strictmodes yes$nl"*) ;; *) return 0 ;; esac
  whose=$(stat -Lc '%U:%G:%a' -- "$2")
  mode=${whose##*:}
  case $whose in
  # Debian's sshd lets the user's own group write
  "$1:$1:"* | "root:$1:"*) ! may_write "$mode" || others=yes ;;
  "$1:"* | root:*) ! { may_write "$mode" || may_write "${mode%?}"; } || others=yes ;;
  *)
    # what the user cannot even enter is told otherwise
    setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups test -x "$2" 2>/dev/null || return 0
    others=yes
    ;;
  esac
  [ -z "${others-}" ] || {
    echo "user $1: sshd ignores keys in $2, because others may write that directory (${whose%:*}, mode $mode)" >&2
    return 1
  }
}

# write_keys NAME TEXT: runs with the user's own rights, so that no link of the user's can redirect what root writes
write_keys() {
  home=$(home_of "$1")
  [ -d "$home" ] || {
    echo "user $1: there is no $home to keep its keys in; give its home, and createHome: true" >&2
    exit 1
  }
  taken_by_sshd "$1" "$home" || exit 1
  [ ! -L "$home/.ssh" ] || {
    echo "user $1: its .ssh is a symbolic link; make it a directory" >&2
    exit 1
  }
  [ -d "$home/.ssh" ] || mkdir -m 0700 "$home/.ssh"
  chown -h "$1:" "$home/.ssh"
  chmod 00700 "$home/.ssh"
  # shellcheck disable=SC2016 # its own arguments
  printf %s "$2" | setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups sh -c '
    set -e
    umask 077
    cd "$1/.ssh" 2>/dev/null || {
      echo "user $2 cannot enter its home $1, which is $(stat -c "%U'"'"'s, mode %a" -- "$1")" >&2
      exit 1
    }
    rm -f .authorized_keys.provision
    cat >.authorized_keys.provision
    sync .authorized_keys.provision
    mv -fT .authorized_keys.provision authorized_keys' sh "$home" "$1"
}
