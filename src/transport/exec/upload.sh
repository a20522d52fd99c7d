# shellcheck disable=SC2154 # large: set by upload.ts
# Runs in the directory of blobs: prints which of "$@" (DIGEST:SIZE) are missing, small ones first, then reads exactly
# those, in that order, from descriptor 8.

# receive_one DIGEST:SIZE: computes the checksum as the bytes arrive
receive_one() {
  sum=${1%:*} new=.${1%:*}.$$.part
  is=$(head -c "${1#*:}" <&8 | tee "$new" | sha256sum)
  [ "$(stat -c %s "$new")" != "${1#*:}" ] || [ "${is%% *}" != "$sum" ] || {
    mv "$new" "$sum"
    # whoever writes to it from now on changes its time
    [ "${1#*:}" -lt "$large" ] || stat -c '%s %d %i %y' "$sum" >"$sum.at"
    return
  }
  rm -f "$new"
  # the bytes arrived but could not be written; the error is printed already
  [ "${is%% *}" != "$sum" ] || exit 1
  arrived_wrong "$sum"
}
arrived_wrong() {
  echo "the bytes of $1 arrived wrong" >&2
  exit 74
}

# receive_all DIGEST:SIZE …: a few processes for all of them; perl, which Debian always has, takes the bytes apart
receive_all() {
  new=.$$.part
  mkdir "$new"
  printf '%s\n' "$@" | perl -e '
    open my $in, "<&=8" or die "$!\n";
    while (<STDIN>) {
      my ($sum, $left) = /^(.*):(.*)$/;
      open my $out, ">:raw", "$ARGV[0]/$sum" or die "$sum: $!\n";
      while ($left and my $n = sysread $in, my $data, $left < 65536 ? $left : 65536) {
        print $out $data;
        $left -= $n;
      }
      close $out or die "$sum: $!\n";
    }' "$new" || {
    rm -rf "$new"
    exit 1
  }
  wrong=$(printf '%s\n' "$@" | sed "s,:.*,," | (cd "$new" && sed 's/.*/&  &/' | sha256sum -c --quiet 2>/dev/null)) || {
    rm -rf "$new"
    arrived_wrong "${wrong%%:*}"
  }
  printf '%s\n' "$@" | sed "s,:.*,,; s,^,$new/," | xargs mv -f -t .
  rmdir "$new"
}

# what a killed upload left behind
for f in .*.part; do
  p=${f%.part}
  p=${p##*.}
  [ ! -e "$f" ] || [ -e "/proc/$p" ] || rm -rf "$f"
done
# a reboot may have lost blobs that were not yet written to disk
read -r boot </proc/sys/kernel/random/boot_id
[ "$(cat ../blob.boot 2>/dev/null)" = "$boot" ] || rm -f ./*
printf '%s\n' "$boot" >../blob.boot
# a second hard link means that the blob has become a file, which may have been edited there
present=$(stat -c '%n:%s %h' -- * 2>/dev/null | sed -n 's/ 1$//p') || :
missing=$(printf '%s\n' "$@" | grep -vxF -e "$present" | sort -t : -k 2n) || :
# shellcheck disable=SC2086 # missing: words
echo missing $missing
# shellcheck disable=SC2046 # a list of words
set -- $(printf '%s\n' "$missing" | awk -F : -v large="$large" '$2 != "" && $2 + 0 < large')
if [ $# -gt 1 ] && command -v perl >/dev/null; then
  receive_all "$@"
  missing=$(printf '%s\n' "$missing" | tail -n "+$(($# + 1))")
fi
for each in $missing; do receive_one "$each"; done
