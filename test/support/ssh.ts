import { spawn } from 'node:child_process'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { PATIENCE } from './until.ts'

/**
 * Runs a command on a sandbox host through OpenSSH, with the host key pinned; -1 if it took more than `seconds`. What
 * ssh says of a login that failed is in `stderr`.
 */
export const ssh = (
  host: SandboxHost,
  command: string,
  { user = host.user as string, seconds = PATIENCE } = {},
): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve, reject) => {
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
    const pin = ['-o', `KnownHostsCommand=/bin/echo ${host.address} ${host.hostKey}`]
    const args = [
      ...options.flatMap((option) => ['-o', option]),
      ...pin,
      '-i',
      host.identityFile,
      `${user}@${host.address}`,
      command,
    ]
    const child = spawn('ssh', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, stdout, stderr })
    })
  })
