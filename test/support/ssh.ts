import { spawn } from 'node:child_process'
import type { SandboxHost } from '../../src/sandbox/index.ts'

/**
 * Runs a command on a sandbox host through OpenSSH, with the host key pinned; -1 if ssh itself took more than
 * `seconds`.
 */
export const ssh = (
  host: SandboxHost,
  command: string,
  { user = host.user as string, seconds = 10 } = {},
): Promise<{ code: number; stdout: string }> =>
  new Promise((resolve, reject) => {
    const options = [
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      'UserKnownHostsFile=/dev/null',
      'LogLevel=ERROR',
      'ConnectTimeout=3',
    ]
    const pin = ['-o', `KnownHostsCommand=/bin/echo ${host.address} ${host.hostKey}`]
    const args = [
      ...options.flatMap((option) => ['-o', option]),
      ...pin,
      '-i',
      host.identityFile,
      `${user}@${host.address}`,
      command,
    ]
    const child = spawn('ssh', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    let stdout = ''
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, stdout })
    })
  })
