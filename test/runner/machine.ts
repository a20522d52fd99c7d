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
  setpriv: 'util-linux',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  python3: 'python3',
  gpg: 'gpg',
  tmux: 'tmux',
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

/** A machine, as far as installing goes. */
export interface Machine {
  has(command: string): boolean
  /** May packages be installed here: is this root, on Debian? */
  readonly takesPackages: boolean
  /** Runs apt-get; true where it succeeds. */
  apt(...args: readonly string[]): boolean
}

/** The machine that this runs on. */
export const thisMachine: Machine = {
  has: isThere,
  takesPackages: process.getuid?.() === 0 && existsSync('/etc/debian_version'),
  apt: (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    return spawnSync('apt-get', ['-q', '-y', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0
  },
}

/** Installs what the tests need and a machine has not, where that can be done. Elsewhere each suite says what it misses. */
export function installMissing({ has, takesPackages, apt }: Machine, say: (text: string) => void): void {
  const missing = Object.keys(COMMANDS).filter((command) => !has(command))
  if (missing.length === 0 || !takesPackages) return
  const packages = [...new Set(missing.map((command) => COMMANDS[command] as string))]
  say(`Installs on this machine, with apt-get: ${packages.join(' ')}`)
  const done = apt('update') && apt('install', '--no-install-recommends', ...packages)
  say(done ? `These stay; to remove them: apt-get purge ${packages.join(' ')}` : 'apt-get failed: suites that need these are not run.')
}
