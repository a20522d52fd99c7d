import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { ROOM } from './part.ts'
import { NUMBERS } from './system.ts'

/** The available archives; `strips`: how many leading directories can be removed. */
export const ARCHIVES = [
  { file: 'app.tar.gz', format: 'tar.gz', strips: 1 },
  { file: 'app.tar', format: undefined, strips: 2 },
  { file: 'app.gz', format: 'gz', strips: 0 },
  { file: 'app.tar.gz', format: 'file', strips: 0 },
] as const

/** Files of this machine that recipes name. */
interface Shop {
  readonly folder: string
  /** A public key, as text, and its file. */
  readonly key: string
  readonly keyFile: string
  sum(file: string, algorithm: 'sha256' | 'sha512'): string
}

const open: { now?: Shop } = {}
export const shop = (): Shop => {
  if (open.now === undefined) throw new Error('the shop is not open')
  return open.now
}

const sh = (command: string, folder: string): string =>
  execFileSync('sh', ['-ec', command], { cwd: folder, encoding: 'utf8', env: { ...process.env, GNUPGHOME: folder } })

/** Makes the archives, and a key. @returns what removes them */
export function openShop(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'provision-shop-'))
  mkdirSync(join(folder, 'top/deep'), { recursive: true })
  writeFileSync(join(folder, 'top/deep/ünï file'), 'x')
  sh(
    `chmod 700 .
    gpg --batch --quiet --passphrase '' --quick-generate-key 'random <r@example.test>' rsa2048 sign never
    gpg --batch --armor --export >key.asc; gpg --batch --export >key.gpg; gpgconf --kill gpg-agent
    tar -czf app.tar.gz top; tar -cf app.tar top; gzip -c app.tar >app.gz`,
    folder,
  )
  open.now = {
    folder,
    key: readFileSync(join(folder, 'key.asc'), 'utf8'),
    keyFile: join(folder, 'key.asc'),
    sum: (file, algorithm) =>
      createHash(algorithm)
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
  }
  return () => rmSync(folder, { recursive: true, force: true })
}

/** Small packages in a repository on the host, and signed repositories that are not configured. */
const STOCK = `
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y --no-install-recommends install cron git
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
apt-get -q update`

const SIGNED = `
base64 -d >/srv/signed.tar; cd /srv/signed; tar -xf ../signed.tar
for n in $(seq 0 ${NUMBERS - 1}); do cp -r repository $n; done`

/** Puts the dependencies of random recipes on a host. */
export async function stock(host: SandboxHost): Promise<void> {
  const must = async (command: string, input?: string): Promise<void> => {
    const { code, stdout, stderr } = await host.sh(command, input)
    if (code !== 0) throw new Error(`${host.name} cannot be stocked: ${stdout}${stderr}`)
  }
  sh(
    `[ -e signed.b64 ] || {
    mkdir -p repository; : >repository/Packages
    cd repository; printf 'Origin: random\\nDate: %s\\nSHA256:\\n %s 0 Packages\\n' "$(date -Ru)" "$(sha256sum Packages | cut -c 1-64)" >Release
    gpg --batch --quiet --clearsign -o InRelease Release; gpgconf --kill gpg-agent
    cd ..; tar -c repository key.gpg | base64 -w0 >signed.b64
    }`,
    shop().folder,
  )
  await must(STOCK)
  await must(SIGNED, readFileSync(join(shop().folder, 'signed.b64'), 'utf8'))
}
