# shellcheck disable=SC2154 # most_inline: set by look-at-files.ts
# send_contents PATH …: as in file.sh, in one process for all of them. MIME::Base64 is not in Debian's perl-base.
if command -v perl >/dev/null; then
  send_contents() {
    [ $# -eq 0 ] || printf '%s\n' "$@" | most=$most_inline perl -ne '
      chomp;
      $data = "";
      open F, "<:raw", $_ and read F, $data, $ENV{most};
      $missing = -length($data) % 3;
      $text = join "", map substr($_, 1), split /\n/, pack "u", $data;
      $text =~ y{` -_}{AA-Za-z0-9+/};
      $text =~ s/.{$missing}$/"=" x $missing/e;
      print "$_\tcontent\t$text\n"'
  }
fi
