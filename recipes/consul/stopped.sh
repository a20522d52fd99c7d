# Says `ended` once the agent has stopped, for which it waits, and makes it one that stays away. No unit restarts it then.
# shellcheck disable=SC2154 # patience: in half seconds, drop_in: the unit's; both set by farewell.ts
i=0
while [ "$i" -lt "$patience" ] && systemctl is-active -q consul.service; do
  sleep .5
  i=$((i + 1))
done
systemctl is-active -q consul.service || systemctl -q disable consul.service
systemctl is-active -q consul.service || echo ended
rm -rf "$drop_in"
systemctl daemon-reload
