# Prints $file with $block in it, as editHosts in hosts-file.ts does. Treats a missing file as an empty one.
# shellcheck disable=SC2154 # file, block: set by hosts-file.ts

[ -e "$file" ] || file=/dev/null
printf %s "$block" | awk '
  BEGIN { begin = "# provision: begin"; end = "# provision: end" }
  FILENAME == "-" {
    block = block $0 "\n"
    own[$0] = 1
    if ($0 != begin && $0 != end) for (i = 2; i <= NF; i++) { ours[$i] = 1; has[$i, $1] = 1 }
    next
  }
  { line[++n] = $0; bare[n] = $0; sub(/[\r\f\v]+$/, "", bare[n]); if (bare[n] == end) last = n }
  END {
    for (k = 1; k <= n; k++) {
      if (bare[k] == begin && k < last) inside = 1
      if (inside || bare[k] == begin || bare[k] == end) { if (bare[k] == end) inside = 0; continue }
      text = line[k]; hash = index(text, "#"); comment = ""
      if (hash) { comment = " " substr(text, hash); text = substr(text, 1, hash - 1) }
      count = split(text, word, /[ \t\r\f\v]+/); first = word[1] == "" ? 2 : 1
      if (word[count] == "") count--
      address = word[first]; stay = ""; gone = 0
      for (i = first + 1; i <= count; i++) if ((word[i] in ours) && !((word[i], address) in has)) gone++; else stay = stay (stay == "" ? "" : " ") word[i]
      rest = address "\t" stay comment
      if (!gone && !(bare[k] in own)) print line[k]; else if (gone && stay != "" && !(rest in own)) print rest
    }
    printf "%s", block
  }
' - "$file"
