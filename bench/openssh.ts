import type { SandboxHost } from '../src/sandbox/index.ts'

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
