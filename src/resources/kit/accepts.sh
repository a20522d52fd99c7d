# sh -c TEXT READER FILE PATH: fails if READER, the program that reads PATH, would reject FILE there. Passes if the
# program is not installed, because then nothing can check the file.
file=$1 path=$2

sshd_takes() {
  # sshd checks for both before it parses a line, and they may be missing on a host whose sshd has never run
  [ -d /run/sshd ] || mkdir -m 755 /run/sshd
  [ -e "$file.key" ] || ssh-keygen -q -t ed25519 -N '' -f "$file.key"
  sshd -t -f "$file" -h "$file.key"
}

# dpkg has no option for another file, but reads the same format from a home directory
dpkg_takes() {
  cp "$file" "${file%/*}/.dpkg.cfg"
  HOME=${file%/*} dpkg --print-architecture >/dev/null
}

# cron checks only users' tables, which have no user field
cron_takes() {
  sed -E -e 's/^([[:space:]]*@[a-z]+[[:space:]]+)[^[:space:]]+[[:space:]]/\1/' \
    -e 's/^([[:space:]]*([0-9*][^[:space:]]*[[:space:]]+)([^[:space:]=]+[[:space:]]+){4})[^[:space:]]+[[:space:]]/\1/' \
    "$file" | crontab -n -
}

# reads a new fragment with the whole configuration, because it may use what other files define
rsyslog_takes() {
  case $path in
  *.d/*)
    cp -a /etc/rsyslog.d "$file.d"
    cp -a "$file" "$file.d/${path##*/}"
    unshare --mount true 2>/dev/null || return 0
    # shellcheck disable=SC2016 # a program for another sh
    set -- unshare --mount sh -c 'mount --bind "$1" /etc/rsyslog.d && rsyslogd -N1' - "$file.d"
    ;;
  *) set -- rsyslogd -N1 -f "$file" ;;
  esac
  ! "$@" 2>&1 | grep -F -e "file $path," -e "file $file," >&2
}

# quietly WORD…: for what also says that all is well
quietly() {
  said=$("$@" 2>&1) || {
    printf '%s\n' "$said" >&2
    return 1
  }
}

# kmod ignores a bad line and goes on
modprobe_takes() {
  said=$(modprobe -C "$file" --showconfig 2>&1 >/dev/null)
  [ -z "$said" ] || {
    printf '%s\n' "$said" >&2
    return 1
  }
}

# pam_limits ignores a bad line, and what the kernel refuses
limits_takes() {
  awk -v most="$(cat /proc/sys/fs/nr_open)" '
    { line = $0; sub(/#.*/, ""); $0 = tolower($0) }
    NF == 0 || (NF == 2 && $2 == "-") { next }
    NF < 4 || $2 !~ /^(soft|hard|-)$/ || $3 !~ /^(as|chroot|core|cpu|data|fsize|locks|maxlogins|maxsyslogins|memlock|msgqueue|nice|nofile|nonewprivs|nproc|priority|rss|rtprio|sigpending|stack)$/ ||
      ($3 != "chroot" && $4 !~ /^(unlimited|infinity|[-+]?[0-9]+)$/) { print "pam_limits would ignore line " NR ": " line; bad = 1; next }
    $3 == "nofile" && $4 + 0 > most { print "Line " NR ": the kernel would not set " $4 " open files; this host allows at most " most " (fs.nr_open)"; bad = 1 }
    END { exit bad }' "$file" >&2
}

# systemd-sysctl cannot be asked without a change to the kernel
sysctl_takes() {
  awk '
    { sub(/^[ \t]+/, "") }
    /^$/ || /^[#;]/ || /^-?[^= \t]+[ \t]*=/ || /^-[^= \t]+[ \t]*$/ { next }
    { print "Line " NR " is not an assignment: " $0; bad = 1 }
    END { exit bad }' "$file" >&2
}

# what every program asks must still be found, if it is found now
nsswitch_takes() {
  [ -e "$path" ] && unshare --mount true 2>/dev/null || return 0
  for asks in 'passwd root' 'group root' 'hosts localhost'; do
    # shellcheck disable=SC2086 # two words
    getent $asks >/dev/null || continue
    # shellcheck disable=SC2016 # a program for another sh
    timeout 20 unshare --mount sh -c 'mount --bind "$1" "$2" && getent $3' - "$file" "$path" "$asks" >/dev/null || {
      echo "With it, getent $asks finds nothing." >&2
      return 1
    }
  done
}

# judges only complaints about a line: log files that do not exist yet do not matter
logrotate_takes() {
  ! logrotate -d "$file" 2>&1 | grep -F -e "error: $file:" -e "warning: $file:" >&2
}

netplan_takes() {
  tree=${file%/*}/netplan
  mkdir -p "$tree/etc"
  cp -a /etc/netplan "$tree/etc"
  cp -a "$file" "$tree$path"
  netplan generate --root-dir "$tree"
}

# checks each new line with systemd, mount(8) and the kernel
fstab_takes() {
  number=0 bad=0
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    case ${line#"${line%%[![:space:]]*}"} in '' | '#'*) continue ;; esac
    ! grep -Fqx -e "$line" /etc/fstab 2>/dev/null || continue
    printf '%s\n' "$line" >"$file.line"
    line_boots "$file.line" || {
      echo "That is line $number: $line" >&2
      bad=1
    }
  done <"$file"
  return "$bad"
}

field() { findmnt -ln -F "$@"; }

# line_boots FILE: the file contains only that line
line_boots() {
  field "$1" -o TARGET >/dev/null || return 1
  target=$(field "$1" -o TARGET) type=$(field "$1" -o FSTYPE) options=,$(field "$1" -o OPTIONS),
  [ "$type" != swap ] || return 0
  case $target in
  /*) ;;
  *)
    echo "$target is not an absolute path." >&2
    return 1
    ;;
  esac
  [ "$(field "$file" -o TARGET | grep -Fxc -e "$target")" -le 1 ] || {
    echo "$target is in it twice: systemd takes the first alone." >&2
    return 1
  }
  # file systems that are not mounted at boot, or need a network, which may not be up yet, cannot be tried
  case $options,$type in
  *,noauto,* | *,x-systemd.automount,* | *,_netdev,* | *,nfs* | *,cifs | *,smb3 | *,ceph | *,glusterfs | *,fuse* | *,9p) return 0 ;;
  esac
  line_mounts "$1" || {
    case $options in *,nofail,*) ;; *) echo 'The host would not come up with it; with nofail it would come up without this.' >&2 ;; esac
    return 1
  }
}

# Mounts it in a mount namespace of its own.
line_mounts() {
  from=$(field "$1" -o SOURCE)
  # systemd creates a bind mount's source directory
  case $options in *,bind,* | *,rbind,*) [ -e "$from" ] || return 0 ;; esac
  # a file system that is already mounted elsewhere must use the same read-only or read-write mode here
  now=$(findmnt -rn -o FS-OPTIONS -S "$from" | head -n 1)
  unshare --mount true 2>/dev/null || return 0
  timeout 60 unshare --mount mount -T "$1" --target-prefix "$file.at" -o "X-mount.mkdir${now:+,${now%%,*}}" "$target"
}

# PAM has no checker, and one wrong line here locks everyone out
pam_takes() {
  set -f
  sed -e ':again' -e '/\\$/{N; s/\\\n/ /; b again' -e '}' "$file" | (
    bad=0
    while read -r line || [ -n "$line" ]; do
      # shellcheck disable=SC2086 # its words
      set -- ${line%%#*}
      [ $# -eq 0 ] || pam_line "$@" || {
        echo "PAM would not take this line: $line" >&2
        bad=1
      }
    done
    exit "$bad"
  )
}

# pam_line WORD…: the words of one line
pam_line() {
  if [ "$1" = @include ]; then
    [ -e "/etc/pam.d/$2" ]
    return
  fi
  optional=${1%"${1#-}"}
  case ${1#-} in auth | account | password | session) ;; *) return 1 ;; esac
  shift
  case $1 in
  include | substack)
    [ -e "/etc/pam.d/$2" ]
    return
    ;;
  required | requisite | sufficient | optional) ;;
  '['*) while [ $# -gt 1 ] && [ "${1%]}" = "$1" ]; do shift; done ;;
  *) return 1 ;;
  esac
  [ $# -ge 2 ] || return 1
  [ -z "$optional" ] || return 0
  case $2 in
  /*) [ -e "$2" ] ;;
  *) [ -n "$(find /lib/ /lib64/ -maxdepth 3 -path "*/security/$2" 2>/dev/null)" ] ;;
  esac
}

case $0 in
PAM) needs='sed' ;;
cron) needs='crontab' ;;
mount) needs=findmnt ;;
systemd) needs=systemd-analyze ;;
pam_limits | systemd-sysctl) needs='awk' ;;
*) needs=$0 ;;
esac
command -v "$needs" >/dev/null || exit 0

case $0 in
PAM) pam_takes ;;
apt-cache) apt-cache -o "Dir::Etc::Preferences=$file" -o Dir::Etc::PreferencesParts=/dev/null policy >/dev/null ;;
apt-config) apt-config -c "$file" dump >/dev/null ;;
apt-get) apt-get indextargets -o "Dir::Etc::SourceList=$file" -o Dir::Etc::SourceParts=/dev/null >/dev/null ;;
bash) bash -n "$file" ;;
chronyd) chronyd -p -f "$file" >/dev/null ;;
cron) cron_takes ;;
crontab) crontab -n "$file" ;;
dnsmasq) quietly dnsmasq --test -C "$file" ;;
dockerd) ! dockerd --help 2>/dev/null | grep -q -e ' --validate' || dockerd --validate --config-file "$file" ;;
dpkg) dpkg_takes ;;
getent) nsswitch_takes ;;
ifquery) ifquery -i "$file" --list >/dev/null ;;
logrotate) logrotate_takes ;;
modprobe) modprobe_takes ;;
mount) fstab_takes ;;
netplan) netplan_takes ;;
nft) nft -c -f "$file" ;;
pam_limits) limits_takes ;;
rsyslogd) rsyslog_takes ;;
ssh) ssh -G -F "$file" localhost >/dev/null ;;
sshd) sshd_takes ;;
systemd) systemd "$file" "${path#/etc/systemd/system/}" ;;
systemd-sysctl) sysctl_takes ;;
systemd-sysusers) quietly systemd-sysusers --dry-run "$file" ;;
systemd-tmpfiles) systemd-tmpfiles --create --prefix=/nonexistent "$file" ;; # nothing is below that
udevadm) [ "$(udevadm --version)" -lt 254 ] || udevadm verify --no-style --resolve-names=never "$file" ;;
visudo) visudo -cf "$file" ;;
esac
