# shellcheck disable=SC2154 # large: set by upload.ts
# Runs in the directory of blobs: prints which of "$@" (DIGEST:SIZE) are missing, then reads exactly those, in that
# order, from descriptor 8.

# what a killed upload left behind
for f in .*.part; do
  p=${f%.part}
  p=${p##*.}
  [ ! -e "$f" ] || [ -e "/proc/$p" ] || rm -f "$f"
done
# a reboot may have lost blobs that were not yet written to disk
read -r boot </proc/sys/kernel/random/boot_id
[ "$(cat ../blob.boot 2>/dev/null)" = "$boot" ] || rm -f ./*
printf '%s\n' "$boot" >../blob.boot
missing=
for b; do
  # a second hard link means that the blob has become a file, which may have been edited there
  [ "$(stat -c '%s %h' "${b%:*}" 2>/dev/null)" = "${b#*:} 1" ] || missing="$missing $b"
done
printf '%s\n' "missing$missing"
for b in $missing; do
  sum=${b%:*} new=.${b%:*}.$$.part
  # computes the checksum as the bytes arrive
  is=$(head -c "${b#*:}" <&8 | tee "$new" | sha256sum)
  [ "$(stat -c %s "$new")" != "${b#*:}" ] || [ "${is%% *}" != "$sum" ] || {
    mv "$new" "$sum"
    # whoever writes to it from now on changes its time
    [ "${b#*:}" -lt "$large" ] || stat -c '%s %d %i %y' "$sum" >"$sum.at"
    continue
  }
  rm -f "$new"
  # the bytes arrived but could not be written; the error is printed already
  [ "${is%% *}" != "$sum" ] || exit 1
  echo "the bytes of $sum arrived wrong" >&2
  exit 74
done
