# `present` and `absent` compare one package with dpkg's list and note what to do; `commit` does it. Requires apt.sh,
# apt-choice.sh and `dpkg_list`.
# shellcheck disable=SC2154 # deb_mark, asked: set by pkg-transaction.ts; tab: beside dpkg_list in apt.ts; silence: by awake.ts; heard, unpacking, refreshed: by apt.sh; fetched, download: by download.sh
apt_mend
list=$(dpkg_list) arch=$(dpkg --print-architecture)
ready='' install='' recommended='' remove='' purge='' hold='' unhold='' downgrade='' reinstall='' debs='' from=

# look NAME: sets status and has to what dpkg knows of the package
look() {
  line=$(printf '%s\n' "$list" | sed -n "s/^$(printf '%s' "${1%":$arch"}" | sed 's/[.]/\\./g')$tab//p")
  status=${line%%"$tab"*} has=${line#*"$tab"} has=${has%%"$tab"*}
}

# take_deb PATH NAME VERSION: checks that the downloaded file at PATH is that version of the package
take_deb() {
  # shellcheck disable=SC2174 # what it lies in is there
  mkdir -p -m 0700 "${1%/*}"
  ln -sfn "$fetched" "$1"
  debs="$debs $1 $download"
  holds=$(dpkg-deb -f "$fetched" Package Version | sed 's/^[^:]*: *//' | paste -sd ' ')
  [ "$holds" = "${2%%:*} $3" ] || give_up "package $2: version $3 is wanted, but the deb contains $holds"
}

# present NAME PATTERN HELD RECOMMENDS [FILE, which `bring` puts there, SUM]
present() {
  look "$1"
  held=no keep=$3 fits=no
  case $status in h*) held=yes ;; esac
  [ "$keep" != as-is ] || keep=$held
  # shellcheck disable=SC2254 # a pattern
  case $has in $2) fits=yes ;; esac
  # another file with the same version: for apt, it is installed already, or a downgrade
  if [ -n "$6" ] && [ "$fits" = yes ] && [ -s "$deb_mark$1" ]; then
    case $(cat "$deb_mark$1") in
    "$has $6") ;;
    "$has "*) fits=no reinstall=--reinstall downgrade=--allow-downgrades ;;
    esac
  fi
  # apt considers a half-installed package of the wanted version installed, and would only try to configure it
  case $status in ?H* | ??R*) reinstall=--reinstall ;; esac
  case $status$fits in
  ?i' yes' | ?iyes) ;;
  ?[UFWt]*yes)
    if [ -n "$5" ]; then bring; fi
    add "$1" "$has" "$4" "$5" "$6"
    ;;
  *)
    [ -n "$ready" ] || {
      apt_ready
      ready=yes
      # shellcheck disable=SC2086 # words
      ask_of $asked
    }
    if [ -n "$5" ]; then
      bring
      version=$2
    else
      choose "$1" "$2" || {
        [ -n "$refreshed" ] || apt_refresh
        choose "$1" "$2"
      } || lacking "$1" "$2"
    fi
    # even for a half-installed package, so that a killed downgrade does not block itself
    case $status in
    '' | ?[nc]*) ;;
    *) ! dpkg --compare-versions "$has" gt "$version" || downgrade=--allow-downgrades ;;
    esac
    add "$1" "$version" "$4" "$5" "$6"
    [ "$held" = no ] || { unhold="$unhold $1" held=no; }
    ;;
  esac
  case $held$keep in noyes) hold="$hold $1" ;; yesno) unhold="$unhold $1" ;; esac
}

# add NAME VERSION RECOMMENDS [FILE SUM]
add() {
  word=$1=$2
  if [ -z "$4" ]; then rm -f "$deb_mark$1"; else word=$4 from="$from $1 $2 $5"; fi
  if [ "$3" = yes ]; then recommended="$recommended $word"; else install="$install $word"; fi
}

# came_from NAME VERSION SUM …: records which file each package came from; before the installation, records `unknown`
came_from() {
  while [ $# -gt 0 ]; do
    printf '%s %s\n' "$2" "${said:-$3}" >"$deb_mark$1"
    shift 3
  done
}

# absent NAME PURGE
absent() {
  look "$1"
  rm -f "$deb_mark$1"
  case $status in '' | ?[nc]*) ;; *) remove="$remove $1" ;; esac
  case $status in h*) unhold="$unhold $1" ;; esac
  [ -z "$status" ] || [ "$2" = no ] || purge="$purge $1"
}

# install_once WORD…: repeats what hung while it fetched
install_once() {
  apt_get "$@" && return
  failed=$?
  [ "$failed" = 124 ] && [ ! -e "$unpacking" ] || return "$failed"
  apt_get "$@" || {
    failed=$?
    [ "$failed" != 124 ] || [ -e "$unpacking" ] || give_up "packages could not be fetched: apt-get had received nothing for $silence s, twice, and was ended"
    return "$failed"
  }
}

# The lists may name files that the mirror has replaced: tries once more with fresh lists
run_install() {
  install_once "$@" && return
  failed=$?
  [ -z "$refreshed" ] && [ ! -e "$unpacking" ] && grep -q -e '[Uu]nable to fetch' -e 'Failed to fetch' "$heard" || return "$failed"
  apt_refresh
  install_once "$@"
}

# shellcheck disable=SC2086 # lists of packages and options are words
commit() {
  [ -z "$unhold" ] || patiently apt-mark unhold $unhold
  # apt names packages of the host's own architecture without it
  guard=--no-remove minus='' named=' '
  for name in $remove; do minus="$minus $name-" guard='' named="$named${name%":$arch"} "; done
  if [ -n "$remove" ]; then
    plan=$(apt-get -s -o APT::Cmd::Pattern-Only=true --no-install-recommends $downgrade $reinstall install $install $minus) || give_up "package: apt cannot install and remove this together:$install$minus"
    also=
    for name in $(printf '%s\n' "$plan" | sed -n -e 's/^Remv \([^ ]*\).*/\1/p' -e 's/^Purg \([^ ]*\).*/\1/p'); do
      case $named in *" $name "*) ;; *) also="$also $name" ;; esac
    done
    [ -z "$also" ] || give_up "package: removing$remove would also remove:$also; say of those, too, that they shall be absent, or keep$remove"
  fi
  said=unknown came_from $from
  [ -z "$install$remove" ] || run_install $guard --no-install-recommends $downgrade $reinstall install $install $minus
  [ -z "$recommended" ] || run_install --no-remove --install-recommends $downgrade $reinstall install $recommended
  said='' came_from $from
  [ -z "$purge" ] || patiently dpkg --purge $purge
  [ -z "$hold" ] || patiently apt-mark hold $hold
  rm -f $debs
}
