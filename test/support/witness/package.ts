import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SandboxHost } from '../../../src/sandbox/index.ts'

/**
 * The witness's program: at its start it reads its package's version, its configuration and its unit's environment,
 * records them with its process id, and lives on as that process. The record therefore proves what it runs with,
 * whatever clocks and files say.
 */
const PROGRAM = `#!/bin/sh
set -e
conf=$(cat /etc/witness/witness.conf)
case $conf in *broken*) echo "witness: bad configuration: $conf" >&2; exit 2;; esac
mkdir -p /run/witness
printf '%s %s %s %s\\n' "$$" "$(cat /usr/lib/witness/version)" "$conf" "$WITNESS_UNIT" >/run/witness/new
mv /run/witness/new /run/witness/read
exec sleep infinity
`

/** The two versions of the witness's Debian package, as files of a flat repository. */
export function repository(): ReadonlyMap<string, Buffer> {
  const root = mkdtempSync(join(tmpdir(), 'witness-'))
  const files = new Map<string, Buffer>()
  try {
    const entries = ['1', '2'].map((version) => {
      const tree = join(root, version)
      mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
      mkdirSync(join(tree, 'usr/lib/witness'), { recursive: true })
      const control = `Package: witness\nVersion: ${version}\nArchitecture: all\nMaintainer: tests <tests@example.org>\nDescription: a service that records what it read\n`
      writeFileSync(join(tree, 'DEBIAN/control'), control)
      writeFileSync(join(tree, 'usr/lib/witness/version'), `v${version}\n`)
      writeFileSync(join(tree, 'usr/lib/witness/witness'), PROGRAM)
      chmodSync(join(tree, 'usr/lib/witness/witness'), 0o755)
      const name = `witness_${version}_all.deb`
      execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', tree, join(root, name)], { stdio: 'ignore' })
      const deb = readFileSync(join(root, name))
      files.set(name, deb)
      return `${control}Filename: ./${name}\nSize: ${deb.length}\nSHA256: ${createHash('sha256').update(deb).digest('hex')}\n`
    })
    files.set('Packages', Buffer.from(entries.join('\n')))
    return files
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** Puts the repository on a host and makes it apt's only source. */
export async function offer(host: SandboxHost): Promise<void> {
  for (const [name, bytes] of repository()) {
    const { code, stderr } = await host.sh(
      `mkdir -p /srv/witness && base64 -d >/srv/witness/${name}`,
      bytes.toString('base64'),
    )
    if (code !== 0) throw new Error(stderr)
  }
  const { code, stderr } = await host.sh(
    'rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*; echo "deb [trusted=yes] file:/srv/witness ./" >/etc/apt/sources.list.d/witness.list; apt-get -q update',
  )
  if (code !== 0) throw new Error(stderr)
}
