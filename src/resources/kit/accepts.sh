# sh -c TEXT READER FILE: fails where the program that reads the file would not take it; where the program is not there,
# nobody can say.
case $0 in
visudo) ! command -v visudo >/dev/null || visudo -cf "$1" ;;
sshd)
  command -v sshd >/dev/null || exit 0
  # sshd looks for both before it looks at a line: a host whose sshd has not run yet may have neither
  [ -d /run/sshd ] || mkdir -m 755 /run/sshd
  [ -e "$1.key" ] || ssh-keygen -q -t ed25519 -N '' -f "$1.key"
  sshd -t -f "$1" -h "$1.key"
  ;;
apt-get)
  ! command -v apt-get >/dev/null ||
    apt-get indextargets -o "Dir::Etc::SourceList=$1" -o Dir::Etc::SourceParts=/dev/null >/dev/null
  ;;
apt-config) ! command -v apt-config >/dev/null || apt-config -c "$1" dump >/dev/null ;;
esac
