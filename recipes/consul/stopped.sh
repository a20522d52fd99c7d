# Waits until the agent has stopped, and prints `ended` if it has and will not start at the next boot.
# shellcheck disable=SC2154 # patience: in half seconds, set by farewell.ts
i=0
while [ "$i" -lt "$patience" ] && systemctl is-active -q consul.service; do
  sleep .5
  i=$((i + 1))
done
systemctl is-active -q consul.service || systemctl -q disable consul.service
systemctl is-active -q consul.service || echo ended
