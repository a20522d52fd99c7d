hangs=

# judge NAME SECONDS: interprets $status, the exit code of `unless`. From 126 up it is no answer, except for 127: on a
# bare host the program is not installed yet.
judge() {
  # shellcheck disable=SC2154 # status: set by command.ts
  case $hangs$status in
  0) is='done' ;;
  124) is="!\tits unless had not ended after $2 s" hangs=unless ;;
  127) is='no program' ;;
  126 | 12[89] | 1[3-9]? | 2??) is="!\tits unless ended with $status" ;;
  unless*) is='!\tits unless was not asked: another hangs' ;;
  *) is='not done' ;;
  esac
  printf '%s\t%b\n' "$1" "$is"
}
