# edited_hosts HOST KEYS FILE: prints the file with KEYS (one `TYPE BASE64` a line) as the only keys of the host, and
# fails if a line revokes one of them. If ssh is installed, ssh itself finds hashed names, and patterns.
edited_hosts() {
  hashed=$(! command -v ssh-keygen >/dev/null || ssh-keygen -F "$1" -f "$3" 2>/dev/null | sed -n 's/^# Host .* found: line \([0-9]*\).*/\1/p')
  printf '%s' "$2" | host=$1 hashed=$hashed awk '
    BEGIN { host = ENVIRON["host"]; n = split(ENVIRON["hashed"], word, "\n"); for (i = 1; i <= n; i++) is[word[i]] = 1 }
    FILENAME == "-" { key[++keys] = $0; wanted[$0] = 1; next }
    $1 == "@revoked" && ($3 " " $4) in wanted && (FNR in is || $2 == "*" || index("," $2 ",", "," host ",")) {
      print "line " FNR " (@revoked) revokes the " $3 " key of " host ", and ssh refuses the host; remove that line, or the key from the recipe" >"/dev/stderr"
      exit failed = 1
    }
    /^[[:space:]]*(#|@|$)/ { print; next }
    $1 ~ /^\|/ { if (!(FNR in is)) print; next }
    {
      rest = $2 " " $3; n = split($1, name, ","); others = ""
      for (i = 1; i <= n; i++) if (name[i] != host) others = others (others == "" ? "" : ",") name[i]
      if (length(others) == length($1)) print
      else if (others == "" && (rest in wanted) && !(rest in seen)) { seen[rest] = 1; print host " " rest }
      else if (others != "") { $1 = others; print }
    }
    END { if (failed) exit 1; for (i = 1; i <= keys; i++) if (!(key[i] in seen)) { seen[key[i]] = 1; print host " " key[i] } }' - "$3"
}
