# debconf_answers QUESTION …: prints NAME<TAB>is<TAB>VALUE<TAB>FLAGS for each answered question, from debconf's own
# files.
debconf_answers() {
  for file in /var/cache/debconf/config.dat /var/cache/debconf/passwords.dat; do
    [ ! -r "$file" ] || cat -- "$file"
    echo
  done | awk -v asked="$*" '
    BEGIN { n = split(asked, word, " "); for (i = 1; i <= n; i++) is[word[i]] = 1 }
    function say() { if ((name in is) && has) printf "%s\tis\t%s\t%s\n", name, value, flags; name = value = flags = ""; has = 0 }
    /^Name: / { say(); name = substr($0, 7) }
    /^Value:/ { value = substr($0, 8); has = 1 }
    /^Flags: / { flags = substr($0, 8) }
    /^$/ { say() }'
}
