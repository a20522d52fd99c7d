# shellcheck disable=SC2154 # newline: set by line.ts

# line_numbers PATTERN FILE: prints the numbers of the matching lines. Fails if grep does not understand the pattern.
line_numbers() {
  [ -n "$1" ] || return 0
  found=$(grep -nE -e "$1" -- "$2") || [ $? = 1 ] || return
  printf '%s\n' "$found" | cut -d: -f1
}

# edited_line LINE MATCH AFTER HOW FILE: prints the file with LINE in it. LINE replaces the first line that matches
# MATCH, and other matches are removed; else it follows the last line that matches AFTER; else it ends the file. With
# HOW gone, prints the file without LINE and without matches.
edited_line() {
  hits=$(line_numbers "$2" "$5") && after=$(line_numbers "$3" "$5") || return
  count=$(grep -cxF -e "$1" -- "$5") || :
  case $4:$count:$hits in
  gone:0: | there:[1-9]*:)
    cat -- "$5"
    return
    ;;
  esac
  wanted=$1 match=$2 how=$4 hits=$hits after=${after##*"$newline"} awk '
    BEGIN {
      wanted = ENVIRON["wanted"]; there = ENVIRON["how"] == "there"; after = ENVIRON["after"]
      n = split(ENVIRON["hits"], word, "\n")
       for (i = 1; i <= n; i++) hit[word[i]] = 1
    }
    { line[NR] = $0; if ($0 == wanted || NR in hit) { is[NR] = 1; if (!first) first = NR } }
    END {
      for (i = 1; i <= NR; i++) {
        if (!(i in is)) print line[i]
        else if (there && i == first) print wanted
        if (there && !first && i == after) { print wanted; first = i }
      }
      if (there && !first) print wanted
    }' "$5"
}
