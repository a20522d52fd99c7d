import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { IMAGE } from './daemons.ts'
import { ROOM } from './part.ts'
import { shop } from './shop.ts'
import { NUMBERS } from './system.ts'

/** Small packages in a repository on the host, and signed repositories that are not configured. */
const STOCK = `
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y --no-install-recommends install cron git curl nftables locales e2fsprogs docker.io busybox-static $(apt-cache pkgnames docker-cli | grep -x docker-cli)
git config --system --replace-all safe.directory '*'
[ -d /srv/git/app.git ] || {
  git init -q -b main /srv/git/work; cd /srv/git/work; git config user.email a@example.test; git config user.name a
  for tag in v0 v1 v2; do echo $tag >file; git add file; git commit -q -m $tag; git tag $tag; done
  git branch a/b v1; git clone -q --bare . /srv/git/app.git; chmod -R a+rX /srv/git
}
mkdir -p ${ROOM} /srv/apt /srv/signed /srv/build; cd /srv/apt; echo x >${ROOM}/target
for n in $(seq 0 ${NUMBERS - 1}); do for v in 1.0-1 2.0-1; do
  d=/srv/build/$n-$v; mkdir -p $d/DEBIAN $d/etc; echo $v >$d/etc/random-$n.conf; echo /etc/random-$n.conf >$d/DEBIAN/conffiles
  printf 'Package: random-%s\\nVersion: %s\\nArchitecture: all\\nMaintainer: a <a@example.test>\\nDescription: t\\n' $n $v >$d/DEBIAN/control
  dpkg-deb -Znone --root-owner-group --build $d random-\${n}_$v.deb >/dev/null
  { cat $d/DEBIAN/control; f=random-\${n}_$v.deb; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $f $(stat -c %s $f) $(sha256sum $f | cut -c 1-64); } >>Packages
done; done
echo 'deb [trusted=yes] file:/srv/apt ./' >/etc/apt/sources.list.d/srv.list
rm -f /etc/apt/sources.list.d/debian.sources
rm -rf /srv/build
apt-get -q update
mkdir -p /srv/root/bin; cp /bin/busybox /srv/root/bin
tar -C /srv/root -c . | docker import - ${IMAGE}`

const SIGNED = `
base64 -d >/srv/signed.tar; cd /srv/signed; tar -xf ../signed.tar
for n in $(seq 0 ${NUMBERS - 1}); do cp -r repository $n; done`

/**
 * Swap and kernel modules belong to a machine, not to a host in a container: its kernel's part is played, at boot too. A
 * file stands for /proc/swaps, and programs write to it; directories stand for modules.
 */
const PLAYED = `
set -e
cd /usr/local/sbin
cat >swapon <<'END'
#!/bin/sh
p=-2; [ "$1" != -p ] || { p=$2; shift 2; }
echo "$2 file 1 0 $p" >>/run/swaps
END
cat >swapoff <<'END'
#!/bin/sh
grep -v "^$2 " /run/swaps >/run/rest; cat /run/rest >/run/swaps
END
cat >modprobe <<'END'
#!/bin/sh
mkdir -p "/sys/module/$(echo "$2" | tr - _)"
END
cat >play-kernel <<'END'
#!/bin/sh
mount -o remount,rw /sys
for module in $(cat /etc/modules-load.d/provision-random_* 2>/dev/null); do /usr/local/sbin/modprobe -- $module; done
echo 'Filename Type Size Used Priority' >/run/swaps
mount --bind /run/swaps /proc/swaps
while read -r path _ type options _; do
  [ "$type" = swap ] && [ -e "$path" ] || continue
  case $options in *pri=*) /usr/local/sbin/swapon -p "\${options##*pri=}" -- "$path" ;; *) /usr/local/sbin/swapon -- "$path" ;; esac
done </etc/fstab
END
chmod +x swapon swapoff modprobe play-kernel
cat >/etc/systemd/system/play-kernel.service <<'END'
[Unit]
DefaultDependencies=no
Before=sysinit.target
After=local-fs.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/play-kernel
[Install]
WantedBy=sysinit.target
END
touch /etc/fstab
systemctl enable --now -q play-kernel`

/** Puts the dependencies of random recipes on a host. */
export async function stock(host: SandboxHost): Promise<void> {
  const must = async (command: string, input?: string): Promise<void> => {
    const { code, stdout, stderr } = await host.sh(command, input)
    if (code !== 0) throw new Error(`${host.name} cannot be stocked: ${stdout}${stderr}`)
  }
  await must(STOCK)
  await must(PLAYED)
  await must(shop().plug(host.name))
  await must(SIGNED, readFileSync(join(shop().folder, 'signed.b64'), 'utf8'))
}
