import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Debian releases that hosts can have. */
export type Release = '12' | '13'

/** Options of a host. */
export interface HostOptions {
  /** Lower-case letters, digits, `-` and `.`; also its hostname. */
  readonly name: string
  /** 10.77.N.x; default: the next free one in the sandbox's network. */
  readonly address?: string
  /** Debian release; default 12. */
  readonly release?: Release
  /** A layer made by `bake`, with preinstalled packages. It determines the release. */
  readonly layer?: string
  /** Namespaces and sshd only, on tmpfs, no systemd: for many hosts at once. */
  readonly light?: boolean
  /** Milliseconds that its cable adds to a round trip. */
  readonly delayMs?: number
  /**
   * true (default): the host sees cgroup v2. false: v1 with its controllers, if the machine has them (Docker limits);
   * Debian 12 only.
   */
  readonly unified?: boolean
  /** Additional arguments of systemd-nspawn. */
  readonly nspawn?: readonly string[]
  /** Files on its disk before the first boot, by path; only root can read them. `reset` does not restore them. */
  readonly files?: Readonly<Record<string, string>>
}

/** The record of a host: enough to boot it again, and to remove it after a crash. */
export interface HostRecord {
  readonly name: string
  readonly address: string
  readonly release: Release
  /** Read-only folders below the host's own, top first. */
  readonly lower: readonly string[]
  readonly light: boolean
  readonly delayMs: number
  readonly unified: boolean
  readonly nspawn: readonly string[]
  /** `ssh-ed25519 AAAA…`; kept when the host is reset. */
  readonly hostKey: string
  /** All cgroups that were made for it. */
  readonly cgroups: readonly string[]
  /** false while it is being made: after a crash, it is half-made, and is made again. */
  readonly made: boolean
}

/** The record of a sandbox. */
export interface BoxRecord {
  readonly name: string
  /** Its network is 10.77.`net`.0/24. */
  readonly net: number
}

/** The state folder: images, layers, package cache, key pair and the sandboxes' own folders. */
export const stateDir = (dir?: string): string =>
  dir ?? process.env.PROVISION_SANDBOX_DIR ?? '/var/lib/provision-sandbox'

/** Distinguishes the cgroups of one state folder's sandboxes from another's; empty for the default folder. */
export const stateMark = (): string =>
  process.env.PROVISION_SANDBOX_DIR === undefined
    ? ''
    : `-${createHash('sha256').update(stateDir()).digest('hex').slice(0, 8)}`

/** Every path of the state folder, in one place. */
export const paths = (dir: string) => ({
  dir,
  identity: join(dir, 'id_ed25519'),
  images: join(dir, 'images'),
  layers: join(dir, 'layers'),
  cache: join(dir, 'cache'),
  locks: join(dir, 'locks'),
  boxes: join(dir, 'boxes'),
  /** The state of a sandbox that serves as a cloud: its instances. */
  clouds: join(dir, 'clouds'),
})

/** Every path of one sandbox. */
export const boxPaths = (dir: string, box: string) => {
  const root = join(paths(dir).boxes, box)
  return {
    root,
    record: join(root, 'box.json'),
    knownHosts: join(root, 'known_hosts'),
    hosts: join(root, 'hosts'),
    /** A tmpfs for the disks of light hosts. */
    light: join(root, 'light'),
    lock: join(paths(dir).locks, `box-${box}`),
  }
}

/** Every path of one host. */
export const hostPaths = (dir: string, box: string, host: string, light: boolean) => {
  const { hosts, light: tmpfs } = boxPaths(dir, box)
  const root = join(hosts, host)
  const disk = light ? join(tmpfs, host) : join(root, 'disk')
  return {
    root,
    record: join(root, 'host.json'),
    key: join(root, 'ssh_host_ed25519_key'),
    console: join(root, 'console.log'),
    disk,
    upper: join(disk, 'upper'),
    work: join(disk, 'work'),
    docker: join(disk, 'docker'),
    /** Where the host's file system is mounted. */
    mount: join(root, 'root'),
  }
}

/** Reads one of our JSON files; undefined if it is missing (or half-written, which `writeRecord` never leaves). */
export const readRecord = <T>(file: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}

/** Writes a JSON file atomically. */
export const writeRecord = (file: string, value: unknown): void => {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** Names of the folders in a folder; none if it does not exist. */
export const foldersIn = (dir: string): string[] =>
  existsSync(dir)
    ? readdirSync(dir, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : []
