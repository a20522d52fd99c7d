import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hierarchies } from './cgroup.ts'
import { type AptSource, forRelease, parseDeb822, parseOneLine } from './image/apt-sources.ts'

/** Commands that hosts need, and the Debian package of each. */
const COMMANDS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  'apt-cacher-ng': 'apt-cacher-ng',
  ip: 'iproute2',
  'ssh-keygen': 'openssh-client',
  nft: 'nftables',
  zstd: 'zstd',
  flock: 'util-linux',
}

/** Finds a command in the PATH that the sandbox uses. */
export const findCommand = (name: string): string | undefined =>
  ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
    .map((dir) => join(dir, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

/** This machine's apt sources. If they name no Debian archive, PROVISION_SANDBOX_MIRROR (a URI) replaces them. */
export const machineSources = (): AptSource[] => {
  const mirror = process.env.PROVISION_SANDBOX_MIRROR
  if (mirror)
    return [
      {
        uri: mirror,
        suites: ['stable'],
        components: ['main'],
        signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
    ]
  const list = '/etc/apt/sources.list'
  const folder = '/etc/apt/sources.list.d'
  const files = [
    ...(existsSync(list) ? [list] : []),
    ...(existsSync(folder)
      ? readdirSync(folder)
          .sort()
          .map((name) => join(folder, name))
      : []),
  ]
  return files.flatMap((file) => {
    if (file.endsWith('.list')) return parseOneLine(readFileSync(file, 'utf8'))
    return file.endsWith('.sources') ? parseDeb822(readFileSync(file, 'utf8')) : []
  })
}

/** Why sandbox hosts cannot run on this machine, in one sentence that says what to do; undefined if they can. */
export const available = (): string | undefined => {
  if (process.platform !== 'linux')
    return `sandbox hosts need Linux, and this is ${process.platform}: use a Debian machine or a virtual one`
  if (process.getuid?.() !== 0)
    return 'sandbox hosts need root (namespaces, mounts, a bridge): run it as root or with sudo'
  const missing = Object.keys(COMMANDS).filter((command) => !findCommand(command))
  if (missing.length > 0)
    return `sandbox hosts need ${missing.join(', ')}: apt-get install ${[...new Set(missing.map((command) => COMMANDS[command]))].join(' ')}`
  if (!hierarchies(readFileSync('/proc/mounts', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8')))
    return 'sandbox hosts need cgroup v2, and none is mounted below /sys/fs/cgroup'
  if (forRelease(machineSources(), 'bookworm').length === 0)
    return "this machine's apt sources name no Debian archive: set PROVISION_SANDBOX_MIRROR to a mirror's URI"
  return undefined
}
