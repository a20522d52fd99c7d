# edited_block FIRST LAST AT TEXT FILE: prints the file with TEXT between the lines FIRST and LAST, or, if it has no
# such block, with a new one at its start or end. With AT gone, prints it without the block. A FIRST without LAST is an
# ordinary line: what follows it belongs to others.
edited_block() {
  grep -qxF -e "$1" -e "$2" -- "$5" || [ "$3" != gone ] || {
    cat -- "$5"
    return
  }
  printf %s "$4" | first=$1 last=$2 at=$3 awk '
    BEGIN {
      first = ENVIRON["first"]; last = ENVIRON["last"]; at = ENVIRON["at"]
      if (at != "gone") block = first "\n"
    }
    FILENAME == "-" { block = block $0 "\n"; next }
    { line[++n] = $0 }
    END {
      if (at != "gone") block = block last "\n"
      for (i = 1; i <= n; i++) {
        if (line[i] == first) begun = i
        else if (line[i] == last) {
          if (begun) { ends[begun] = i; found = 1 }
          begun = 0
        }
      }
      if (!found && at == "start") { printf "%s", block; block = "" }
      for (i = 1; i <= n; i++) {
        if (i in ends) { printf "%s", block; block = ""; i = ends[i] }
        else if (line[i] != first && line[i] != last) print line[i]
      }
      printf "%s", block
    }' - "$5"
}
