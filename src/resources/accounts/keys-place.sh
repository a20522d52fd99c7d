# Where sshd looks for a user's keys.
# shellcheck disable=SC2154 # nl: set by keys-place.ts

# sshd_says NAME: sets $says to sshd's settings for that user; fails if there is no sshd that tells them
sshd_says() {
  says=$(sshd -T -C "user=$1,host=localhost,addr=127.0.0.1" 2>/dev/null | sed 's/^[A-Za-z]*/\L&/') && [ -n "$says" ]
}

# reads_keys_in NAME HOME: does sshd read that home's .ssh/authorized_keys? Fails with the reason in $elsewhere.
reads_keys_in() {
  set -f
  # shellcheck disable=SC2046 # words
  set -- "$1" "$2" $(printf '%s\n' "$says" | sed -n 's/^authorizedkeysfile //p')
  set +f
  [ $# -gt 2 ] || return 0
  name=$1 home=$2
  shift 2
  elsewhere="sshd does not read keys in $home/.ssh/authorized_keys: its AuthorizedKeysFile is \"$*\""
  for file; do
    case $file in
    .ssh/authorized_keys | %h/.ssh/authorized_keys | "$home/.ssh/authorized_keys") return 0 ;;
    */%u/.ssh/authorized_keys) [ "${file%%/%u/*}/$name" != "$home" ] || return 0 ;;
    esac
  done
  return 1
}

# foresee_keys NAME HOME: warns of keys that sshd would not read. HOME is that of a user who is not there yet.
foresee_keys() {
  home=$(getent passwd "$1" | cut -d : -f 6)
  home=${home:-$2}
  ! sshd_says "$1" || reads_keys_in "$1" "$home" || printf '!\t%s\t%s\n' "$1" "$elsewhere"
}
