import { netOf } from './network/network.ts'
import { boxPaths, foldersIn, type HostRecord, hostPaths, paths, readRecord, stateDir } from './state.ts'

/** How to log in to a sandbox host; of the shape of an inventory's `ssh`. */
export interface SandboxLogin {
  readonly user: 'admin'
  readonly identityFile: string
  readonly hostKey: string
}

const records = (state: string): HostRecord[] =>
  foldersIn(paths(state).boxes).flatMap((box) =>
    foldersIn(boxPaths(state, box).hosts).flatMap(
      (host) => readRecord<HostRecord>(hostPaths(state, box, host, false).record) ?? [],
    ),
  )

/**
 * How to log in at an address where a sandbox host of this machine lives; undefined if none does.
 * So an inventory that names sandbox addresses works as it stands, without keys in it. Reads a few small files; needs
 * no root if they are readable.
 */
export const sandboxLogin = (address: string, dir?: string): SandboxLogin | undefined => sandboxLogins(dir)(address)

/** The same for many addresses: the files are read once. */
export function sandboxLogins(dir?: string): (address: string) => SandboxLogin | undefined {
  const state = stateDir(dir)
  let hosts: ReadonlyMap<string, HostRecord> | undefined
  return (address) => {
    if (netOf(address) === undefined) return undefined
    hosts ??= new Map(records(state).flatMap((host) => (host.made ? [[host.address, host]] : [])))
    const host = hosts.get(address)
    return host && { user: 'admin', identityFile: paths(state).identity, hostKey: host.hostKey }
  }
}

/** How to log in to any host of the sandbox, but for its host key. */
export const sandboxIdentity = (dir?: string): Omit<SandboxLogin, 'hostKey'> => ({
  user: 'admin',
  identityFile: paths(stateDir(dir)).identity,
})

/** Arguments of OpenSSH that log in there, the host key checked. */
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
