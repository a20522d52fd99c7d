# In the directory of blobs: says which of "$@" (DIGEST:SIZE) are missing, then takes exactly those, in that order, from
# descriptor 8.

# what a killed upload left behind
for f in .*.part; do
  p=${f%.part}
  p=${p##*.}
  [ ! -e "$f" ] || [ -e "/proc/$p" ] || rm -f "$f"
done
# what was not yet on the disk may have been lost with an earlier boot
read -r boot </proc/sys/kernel/random/boot_id
[ "$(cat ../blob.boot 2>/dev/null)" = "$boot" ] || rm -f ./*
printf '%s\n' "$boot" >../blob.boot
missing=
for b; do
  # one that has become a file under another name, too, may have been changed there
  [ "$(stat -c '%s %h' "${b%:*}" 2>/dev/null)" = "${b#*:} 1" ] || missing="$missing $b"
done
printf '%s\n' "missing$missing"
for b in $missing; do
  sum=${b%:*} new=.${b%:*}.$$.part
  # the sum is made as they arrive
  is=$(head -c "${b#*:}" <&8 | tee "$new" | sha256sum)
  [ "$(stat -c %s "$new")" != "${b#*:}" ] || [ "${is%% *}" != "$sum" ] || {
    mv "$new" "$sum"
    continue
  }
  rm -f "$new"
  # it arrived, and could not be written, as has been said
  [ "${is%% *}" != "$sum" ] || exit 1
  echo "the bytes of $sum arrived wrong" >&2
  exit 74
done
