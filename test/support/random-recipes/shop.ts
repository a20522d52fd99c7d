import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Artifacts, serve } from '../artifacts.ts'
import { makeDisks } from './plugged.ts'

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
  /** Where hosts fetch a file. */
  url(file: string): string
  /** sh that plugs a host's disks in. */
  plug(host: string): string
}

const open: { now?: Shop } = {}
export const shop = (): Shop => {
  if (open.now === undefined) throw new Error('the shop is not open')
  return open.now
}

const sh = (command: string, folder: string): string =>
  execFileSync('sh', ['-ec', command], { cwd: folder, encoding: 'utf8', env: { ...process.env, GNUPGHOME: folder } })

/** Makes the archives, a key, and the disks of these hosts; serves the files at an address. @returns what ends it */
export async function openShop(address: string, hosts: readonly string[]): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-shop-'))
  mkdirSync(join(folder, 'top/deep'), { recursive: true })
  writeFileSync(join(folder, 'top/deep/ünï file'), 'x')
  sh(
    `chmod 700 .
    gpg --batch --quiet --passphrase '' --quick-generate-key 'random <r@example.test>' rsa2048 sign never
    gpg --batch --armor --export >key.asc; gpg --batch --export >key.gpg; gpgconf --kill gpg-agent
    tar -czf app.tar.gz top; tar -cf app.tar top; gzip -c app.tar >app.gz
    mkdir -p tree/deep/er tree/empty; echo x >'tree/ünï file'; ln -s 'ünï file' tree/link; : >tree/deep/er/none
    printf '#!/bin/sh\n' >tree/deep/run; chmod +x tree/deep/run
    mkdir -p repository; : >repository/Packages
    cd repository; printf 'Origin: random\nDate: %s\nSHA256:\n %s 0 Packages\n' "$(date -Ru)" "$(sha256sum Packages | cut -c 1-64)" >Release
    gpg --batch --quiet --clearsign -o InRelease Release; gpgconf --kill gpg-agent
    cd ..; tar -c repository key.gpg | base64 -w0 >signed.b64`,
    folder,
  )
  const served: Artifacts = await serve(address)
  const disks = new Map(hosts.map((host) => [host, makeDisks(folder, host)]))
  open.now = {
    folder,
    key: readFileSync(join(folder, 'key.asc'), 'utf8'),
    keyFile: join(folder, 'key.asc'),
    sum: (file, algorithm) =>
      createHash(algorithm)
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    url: (file) => served.offer(join(folder, file)).url,
    plug: (host) => disks.get(host)?.plug ?? '',
  }
  return async () => {
    await served.close()
    for (const { disks: some } of disks.values()) for (const disk of some) disk.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
