import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Commands that tests use, and the Debian package of each. */
const COMMANDS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  'apt-cacher-ng': 'apt-cacher-ng',
  ip: 'iproute2',
  nft: 'nftables',
  zstd: 'zstd',
  flock: 'util-linux',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  python3: 'python3',
  gpg: 'gpg',
  tmux: 'tmux',
  setpriv: 'util-linux',
  'dpkg-deb': 'dpkg',
}

/** Where commands are looked for: Go's installer has a folder of its own, and an administrator's commands are not in everybody's PATH. */
export const PLACES = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/go/bin']

const isThere = (command: string): boolean =>
  PLACES.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** The Debian packages whose commands this machine has not. */
export const missingPackages = (): string[] => [
  ...new Set(
    Object.entries(COMMANDS)
      .filter(([command]) => !isThere(command))
      .map(([, name]) => name),
  ),
]

const apt = (...args: readonly string[]): boolean =>
  spawnSync('apt-get', ['-q', '-y', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0

/** Installs what the tests need and this machine has not, where that can be done: as root on Debian. Elsewhere each suite says what it misses. */
export function installMissing(say: (text: string) => void): void {
  const packages = missingPackages()
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  say(`installs on this machine, with apt-get: ${packages.join(' ')}`)
  // What is installed must not start: a daemon of this machine is not what the tests try.
  const done = apt('update') && apt('install', '--no-install-recommends', ...packages)
  say(done ? `these stay; to remove them: apt-get purge ${packages.join(' ')}` : 'apt-get failed: what needs them is not run')
}
