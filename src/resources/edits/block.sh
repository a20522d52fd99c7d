# edited_block FIRST LAST AT TEXT FILE: prints the file with TEXT between the lines FIRST and LAST, or, if it has no
# such block, with a new one at its start or end. With AT gone, prints it without the block. The marks are known by
# their words, whatever comment they stand in and whatever blanks surround them. A mark without its other one, beside
# the whole of TEXT, still marks that; otherwise nobody knows what it marked: it is dropped, what stands beside it
# stays, and the status is $unclear.
edited_block() {
  edited=0
  printf %s "$4" | first=$1 last=$2 at=$3 awk '
    # 1 for a first mark of this block, 2 for a last one
    function mark(text, i, bare, words) {
      bare = text; gsub(/^[[:space:]]+|[[:space:]]+$/, "", bare)
      for (i = 1; i <= 2; i++) {
        if (bare == whole[i]) return i
        words = substr(whole[i], index(whole[i], " provision: "))
        if (length(bare) > length(words) && substr(bare, length(bare) - length(words) + 1) == words &&
          substr(bare, 1, length(bare) - length(words)) !~ /[[:space:]]/) return i
      }
      return 0
    }
    # is the whole text in the lines from there on?
    function holds(from, k, text) {
      for (k = 0; k < rows; k++) {
        text = line[from + k]; sub(/\r$/, "", text)
        if (from < 1 || from + k > n || text != row[k + 1]) return 0
      }
      return rows > 0
    }
    BEGIN {
      whole[1] = ENVIRON["first"]; whole[2] = ENVIRON["last"]; at = ENVIRON["at"]
      if (at != "gone") block = whole[1] "\n"
    }
    FILENAME == "-" { block = block $0 "\n"; row[++rows] = $0; next }
    { line[++n] = $0; is[n] = mark($0); if (is[n]) marks++ }
    END {
      if (at != "gone") block = block whole[2] "\n"
      for (i = 1; i <= n; i++) {
        if (is[i] == 1) { if (begun) alone[begun] = 1; begun = i }
        else if (is[i] == 2) { if (begun) { ends[begun] = i; found = 1 } else alone[i] = 1; begun = 0 }
      }
      if (begun) alone[begun] = 1
      if (at == "gone" && !marks) exit 4
      for (i = 1; i <= n; i++) {
        if (!(i in alone)) continue
        from = is[i] == 1 ? i : i - rows
        if (holds(is[i] == 1 ? i + 1 : from)) { ends[from] = from + rows; found = 1 }
        else unclear = 1
      }
      if (!found && at == "start") { printf "%s", block; block = "" }
      for (i = 1; i <= n; i++) {
        if (i in ends) { printf "%s", block; block = ""; i = ends[i] }
        else if (!is[i]) print line[i]
      }
      printf "%s", block
      exit unclear ? 3 : 0
    }' - "$5" || edited=$?
  case $edited in
  3) return "${unclear:-0}" ;;
  4) cat -- "$5" ;; # without a block, and without a line break that is not there
  *) return "$edited" ;;
  esac
}
