import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SandboxHost } from '../src/sandbox/index.ts'
import type { Command } from './measure.ts'

/** Flags of ssh and scp: nobody's settings, and only keys that are known. */
export function sshFlags(knownHosts: string, identityFile: string): readonly string[] {
  const settings = [
    'BatchMode=yes',
    'ControlMaster=no',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts}`,
  ]
  return ['-F', 'none', ...settings.flatMap((option) => ['-o', option]), '-i', identityFile]
}

/** OpenSSH, without its host and command. */
export const openssh = (
  knownHosts: string,
  { user, identityFile }: Pick<SandboxHost, 'user' | 'identityFile'>,
): readonly [string, ...string[]] => ['ssh', ...sshFlags(knownHosts, identityFile), '-l', user]

/** `ssh HOST true` to each of them, all at once; `folder`: where their addresses are listed. */
export function toAll(ssh: readonly [string, ...string[]], folder: string, hosts: readonly SandboxHost[]): Command {
  const [first, ...more] = hosts
  if (more.length === 0) return { argv: [...ssh, first?.address ?? '', 'true'] }
  const addresses = join(folder, `addresses-${hosts.length}`)
  writeFileSync(addresses, hosts.map((host) => `${host.address}\n`).join(''))
  const parallel = 'hosts=$1; shift; exec xargs -P 99 -I@ "$@" @ true <"$hosts"'
  return { argv: ['sh', '-c', parallel, 'sh', addresses, ...ssh] }
}
