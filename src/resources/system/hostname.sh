# boot_name: prints the host's name at boot, if it is set
boot_name() {
  [ ! -e /etc/hostname ] || sed -e 's/#.*//' -e '/^[[:space:]]*$/d' /etc/hostname | head -n 1
}

# names_now: prints the host's names, now and at boot, in one line
names_now() {
  read -r now </proc/sys/kernel/hostname
  printf '%s ' "$now"
  boot_name
}

# own_names NAME OLD FILE: prints a hosts file in which a loopback address has NAME where it had one of the words OLD,
# in full (NAME.DOMAIN) or without its domain. The line for 127.0.1.1 is about the host itself: while the file does not
# have NAME, it stands for whatever that line said first. If another line has NAME, the old ones only go. Lines of
# resources stay.
own_names() {
  new=$1 old=$2 awk '
    function first(name) { sub(/[.].*/, "", name); return tolower(name) }
    function rest(name) { return index(name, ".") ? substr(name, index(name, ".")) : "" }
    function forget(name) { if (first(name) != "localhost") old[first(name)] = 1 }
    function add(name) { if (!(tolower(name) in here)) { here[tolower(name)] = 1; stay = stay (stay == "" ? "" : " ") name } }
    # sets address, count, word[] and comment
    function take(text, hash) {
      hash = index(text, "#"); comment = ""
      if (hash) { comment = " " substr(text, hash); text = substr(text, 1, hash - 1) }
      gsub(/^[ \t\r\f\v]+|[ \t\r\f\v]+$/, "", text)
      count = split(text, word, /[ \t\r\f\v]+/); address = word[1]
    }
    BEGIN { new = ENVIRON["new"]; short = new; sub(/[.].*/, "", short); n = split(ENVIRON["old"], word, " "); for (i = 1; i <= n; i++) forget(word[i]) }
    {
      line[FNR] = $0; take($0)
      if ($0 ~ /provision: begin/) inside = 1
      if (inside) ours[FNR] = 1
      if ($0 ~ /provision: end/) inside = 0
      for (i = 2; i <= count; i++) if (tolower(word[i]) == tolower(new)) known = 1
      if (address == "127.0.1.1" && count > 1) own = own " " word[2]
    }
    END {
      if (!known) { n = split(own, word, " "); for (i = 1; i <= n; i++) forget(word[i]) }
      for (k = 1; k <= FNR; k++) {
        take(line[k]); stay = ""; changed = 0; split("", here)
        if (address ~ /^127[.]/ || address == "::1") for (i = 2; i <= count; i++) {
          if (!(first(word[i]) in old) || (known && first(word[i]) == tolower(short))) { add(word[i]); continue }
          changed = 1
          if (known) continue
          if (rest(new) != "") add(tolower(new) in here ? short : new)
          else add(rest(word[i]) != "" ? short rest(word[i]) : new)
        }
        if (changed && !known) { add(new); add(short) }
        if (!changed || k in ours) print line[k]
        else if (stay != "") print address "\t" stay comment
      }
    }' "$3"
}
