# shellcheck disable=SC2154 # job_limit: set by unit-job.ts

# unit_job VERB UNIT: `systemctl VERB UNIT`. systemd bounds that, unless the unit, or one that it waits for, wants no
# limit: after $job_limit seconds, then, says so and exits 124. A start is taken back, as systemd itself does.
unit_job() {
  try_verb=$1
  while
    job=0
    timeout "$job_limit" systemctl "$try_verb" "$2" || job=$?
    [ "$job" = 124 ]
  do
    case $1 in stop) limit=TimeoutStop slow='it has not ended' ;; *) limit=TimeoutStart slow='it was not ready' ;; esac
    if [ "$(systemctl show -p "${limit}USec" --value "$2")" = infinity ]; then
      slow="$slow after $job_limit s, and its unit sets no limit (${limit}Sec=)"
    else
      # what systemd has begun, it will end
      case $(systemctl show -p ActiveState --value "$2") in activating | deactivating | reloading | refreshing)
        [ "$1" = stop ] || try_verb=start
        continue
        ;;
      esac
      others=$(systemctl list-jobs --plain --no-legend | awk -v own="$2" '$2 != own && $4 == "running" { printf " %s", $2 }')
      slow="$slow after $job_limit s: it waits for${others:- others}"
    fi
    case $1 in start | restart) systemctl stop --no-block "$2" || : ;; esac
    echo "$slow" >&2
    return 124
  done
  return "$job"
}
