# unmake_user NAME HOME: takes away a new user that could not be made whole, and its home where that is new, too
unmake_user() {
  ! getent passwd "$1" >/dev/null || userdel "$1"
  [ -z "$2" ] || rm -rf --one-file-system -- "$2" "$2.provision"
}
