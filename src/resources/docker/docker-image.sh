# Prints what Docker says about the images "$@".
# shellcheck disable=SC2154 # format: set by docker-image.ts, is: by docker_awake

tab=$(printf '\t') answer=''
if docker_awake; then answer=$(ask_docker image "$format" "$@") || exit 1; fi
for name; do printf '%s\t%s\n' "$name" "$is"; done
printf '%s\n' "$answer" | while IFS= read -r line; do
  for name; do
    case " ${line%%"$tab"*}" in *" $name "*) printf '%s\timage\t%s\n' "$name" "${line#*"$tab"}" ;; esac
  done
done
