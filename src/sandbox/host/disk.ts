import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../exec.ts'
import { isMounted } from '../mounts.ts'
import type { HostRecord, hostPaths } from '../state.ts'

type Paths = ReturnType<typeof hostPaths>

/** Makes a key pair unless it exists; returns the public key without its comment. */
export const ensureKey = async (file: string, comment: string): Promise<string> => {
  if (!existsSync(`${file}.pub`)) {
    rmSync(file, { force: true })
    mkdirSync(join(file, '..'), { recursive: true })
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file])
  }
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ').trim()
}

/**
 * Mounts a host's file system: its own folder over the image (and layer). Volatile: never syncs, so it survives a kill
 * of the host, but not of the machine.
 */
export const mountDisk = async (at: Paths, lower: readonly string[]): Promise<void> => {
  if (isMounted(at.mount)) return
  for (const folder of [at.upper, at.work, at.docker, at.mount]) mkdirSync(folder, { recursive: true })
  // the mark of a volatile mount that was not cleanly unmounted
  rmSync(join(at.work, 'work/incompat'), { recursive: true, force: true })
  const options = `lowerdir=${lower.join(':')},upperdir=${at.upper},workdir=${at.work},volatile`
  await run('mount', ['-t', 'overlay', 'provision-sandbox', '-o', options, at.mount])
}

/** /etc/hosts as a cloud's first boot leaves it. */
const hostsFile = (name: string): string =>
  `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n`

/** Users' home directories and ids; ids are the same in every image, because users are created in this order. */
const HOMES = [
  { home: 'root', id: 0 },
  { home: 'home/admin', id: 1000 },
  { home: 'home/ubuntu', id: 1001 },
]

/** Writes everything specific to this host into its mounted file system: name, keys, apt's proxy. */
export const personalise = (
  at: Paths,
  host: Pick<HostRecord, 'name' | 'unified'>,
  publicKey: string,
  apt: readonly string[],
): void => {
  const write = (path: string, text: string | Buffer, mode = 0o644): void => {
    mkdirSync(join(at.mount, path, '..'), { recursive: true })
    writeFileSync(join(at.mount, path), text, { mode })
  }
  write('etc/hostname', `${host.name}\n`)
  write('etc/hosts', hostsFile(host.name))
  write('etc/ssh/ssh_host_ed25519_key', readFileSync(at.key), 0o600)
  write('etc/ssh/ssh_host_ed25519_key.pub', readFileSync(`${at.key}.pub`))
  write('etc/apt/apt.conf.d/01sandbox', `${apt.join('\n')}\n`)
  // On cgroup v1, a host's systemd may not notice that a user's manager has ended: for two minutes, a user who has
  // logged out could not log in again, and a shutdown would wait.
  if (!host.unified) {
    for (const name of ['admin', 'ubuntu', 'root']) write(`var/lib/systemd/linger/${name}`, '')
    write('etc/systemd/system/user@.service.d/sandbox.conf', '[Service]\nTimeoutStopSec=3\n')
  }
  for (const { home, id } of HOMES) {
    const folder = join(at.mount, home, '.ssh')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    write(join(home, '.ssh/authorized_keys'), publicKey, 0o600)
    for (const path of [folder, join(folder, 'authorized_keys')]) chownSync(path, id, id)
  }
}
