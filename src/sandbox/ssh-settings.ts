import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { netOf } from './network/network.ts'
import { boxPaths, foldersIn, type HostRecord, hostPaths, paths, readRecord, stateDir } from './state.ts'

/** How to log in to a sandbox host; has the shape of an inventory's `ssh`. */
export interface SandboxLogin {
  readonly user: 'admin'
  readonly identityFile: string
  readonly hostKey: string
}

const recordsIn = (state: string, box: string): HostRecord[] =>
  foldersIn(boxPaths(state, box).hosts).flatMap(
    (host) => readRecord<HostRecord>(hostPaths(state, box, host, false).record) ?? [],
  )

/** The key that a host presents: the one on its disk, which cloud-init or a recipe may have replaced. */
function keyOf(state: string, box: string, { name, light, hostKey }: HostRecord): string {
  try {
    const file = join(hostPaths(state, box, name, light).mount, 'etc/ssh/ssh_host_ed25519_key.pub')
    const key = readFileSync(file, 'utf8').split(' ').slice(0, 2).join(' ').trim()
    return key.startsWith('ssh-ed25519 ') ? key : hostKey
  } catch {
    return hostKey
  }
}

/** Writes the hosts' keys of a sandbox to a known_hosts file for OpenSSH. */
export function rememberKeys(box: string, dir?: string): void {
  const state = stateDir(dir)
  const lines = recordsIn(state, box).map((host) => `${host.address},${host.name} ${keyOf(state, box, host)}\n`)
  writeFileSync(boxPaths(state, box).knownHosts, lines.join(''))
}

/**
 * How to log in to the sandbox host of this machine with that address; undefined if there is none. So an inventory with
 * sandbox addresses works as it stands, without keys in it. Reads a few small files; needs no root if they are
 * readable.
 */
export const sandboxLogin = (address: string, dir?: string): SandboxLogin | undefined => sandboxLogins(dir)(address)

/** Like {@link sandboxLogin}, for many addresses: reads the files once. */
export function sandboxLogins(dir?: string): (address: string) => SandboxLogin | undefined {
  const state = stateDir(dir)
  let hosts: ReadonlyMap<string, readonly [box: string, host: HostRecord]> | undefined
  return (address) => {
    if (netOf(address) === undefined) return undefined
    hosts ??= new Map(
      foldersIn(paths(state).boxes).flatMap((box) =>
        recordsIn(state, box).flatMap((host) => (host.made ? [[host.address, [box, host] as const] as const] : [])),
      ),
    )
    const found = hosts.get(address)
    return found && { user: 'admin', identityFile: paths(state).identity, hostKey: keyOf(state, ...found) }
  }
}

/** How to log in to any host of the sandbox, except for its host key. */
export const sandboxIdentity = (dir?: string): Omit<SandboxLogin, 'hostKey'> => ({
  user: 'admin',
  identityFile: paths(stateDir(dir)).identity,
})

/** Arguments for OpenSSH to log in to a host, with its host key checked. */
export const sshArguments = (box: string, address: string, user = 'admin', dir?: string): string[] => {
  const state = stateDir(dir)
  const options = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${boxPaths(state, box).knownHosts}`,
    'IdentitiesOnly=yes',
    'LogLevel=ERROR',
  ]
  return [...options.flatMap((option) => ['-o', option]), '-i', paths(state).identity, `${user}@${address}`]
}
