/**
 * sh that gives a host two repositories of its own, of which one is for security, and no other: `p-sec`, `p-plain` and
 * `p-held` are installed in version 1, are there in version 2, and `p-held` is held.
 */
export const REPOSITORIES = `
set -e
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
mkdir -p /srv/r; cd /srv/r
make() { # SUITE NAME VERSION
  d=$(mktemp -d); mkdir -p $d/DEBIAN $1
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: test <t@example.com>\\nDescription: test\\n' $2 $3 >$d/DEBIAN/control
  f=$2_$3.deb
  dpkg-deb -Znone --root-owner-group --build $d $1/$f >/dev/null
  { cat $d/DEBIAN/control; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $f $(stat -c %s $1/$f) $(sha256sum $1/$f | cut -c 1-64); } >>$1/Packages
}
for v in 1 2; do make stable p-plain $v; make stable p-held $v; done
make stable p-sec 1; make stable-security p-sec 2
for s in stable stable-security; do
  printf 'Origin: test\\nLabel: test\\nSuite: %s\\nCodename: %s\\nDate: %s\\nSHA256:\\n %s %s Packages\\n' $s $s "$(date -Ru)" $(sha256sum $s/Packages | cut -c 1-64) $(stat -c %s $s/Packages) >$s/Release
  echo "deb [trusted=yes] file:/srv/r/$s ./"
done >/etc/apt/sources.list.d/r.list
apt-get -qq update
apt-get -qq -y install p-plain=1 p-held=1 p-sec=1 >/dev/null
apt-mark -q hold p-held >/dev/null`
