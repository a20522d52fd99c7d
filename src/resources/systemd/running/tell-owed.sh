# tell_owed NAME UNIT …: prints NAME<TAB>owed=KIND for each unit whose mark counts.
tell_owed() {
  read -r now </proc/sys/kernel/random/boot_id
  while [ $# -gt 0 ]; do
    # shellcheck disable=SC2154 # owed_dir: set by owed.ts
    mark=$owed_dir/$2.owed
    if [ -e "$mark" ]; then
      owed='' boot=''
      read -r owed boot <"$mark" || owed=restart
      [ "${boot:-$now}" != "$now" ] || printf '%s\towed=%s\n' "$1" "$owed"
    fi
    shift 2
  done
}
