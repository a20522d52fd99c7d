# Prints of the images "$@" what docker says.
# shellcheck disable=SC2154 # format: set by docker-image.ts

tab=$(printf '\t')
is=absent answer='' status=0
if command -v docker >/dev/null; then
  if [ -d /run/systemd/system ] && ! systemctl -q is-active docker.service; then
    is=asleep
  else
    answer=$(timeout 30 docker image inspect --format "$format" "$@" 2>&1) || status=$?
  fi
fi
# one that is missing makes docker fail, and so does anything else
if [ "$status" != 0 ]; then
  wrong=$(printf '%s\n' "$answer" | grep -v -e "$tab" -e 'No such image: ' -e '^WARNING' -e '^$') || :
  [ "$status" != 124 ] || wrong='docker does not answer'
  [ -z "$wrong" ] || {
    printf '%s\n' "$wrong" >&2
    exit 1
  }
fi
for name; do printf '%s\t%s\n' "$name" "$is"; done
printf '%s\n' "$answer" | while IFS= read -r line; do
  case $line in *"$tab"*) ;; *) continue ;; esac
  for name; do
    case " ${line%%"$tab"*}" in *" $name "*) printf '%s\timage\t%s\n' "$name" "${line#*"$tab"}" ;; esac
  done
done
