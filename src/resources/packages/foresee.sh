# What apt would do to install given packages. Uses apt-choice.sh.
# shellcheck disable=SC2154 # stamp: a file as old as apt's lists; repositories: are they to be changed; both set by pkg.ts

words='' old='' lists=''
for list in /var/lib/apt/lists/*Packages*; do [ ! -e "$list" ] || lists=yes; done
# shellcheck disable=SC2034 # old: of apt-choice.sh
[ -z "$(find "$stamp" -mmin +1440 2>/dev/null)" ] && [ -e "$stamp" ] || old=', by lists that may be old'

# consider NAME PATTERN: adds a package to install, or says why it cannot be installed
consider() {
  if choose "$1" "$2"; then
    words="$words $1=$version"
  elif [ -n "$lists" ] && [ "$repositories" = same ]; then
    printf '!\t%s\t%s\n' "$1" "$( (lacking "$1" "$2") 2>&1 | sed 's/^package [^ ]*: //')"
  fi
}

# would_install OPTION…: prints NAME VERSION ARCHITECTURE of all packages that apt would install. Fails if apt's lists
# are missing or outdated, because apt cannot tell then.
would_install() {
  # shellcheck disable=SC2086 # words
  apt-get -s -q -o APT::Cmd::Pattern-Only=true --no-remove "$@" install $words 2>/dev/null |
    sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*\[\([^] ]*\)\]).*/\1 \2 \3/p'
}
