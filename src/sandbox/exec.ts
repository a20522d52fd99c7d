import { AsyncLocalStorage } from 'node:async_hooks'
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { whyNotStarted } from '../lib/message.ts'
import { spawnPiped } from '../lib/spawn-piped.ts'
import { UserError } from '../lib/user-error.ts'
import { timeLimit } from '../lib/wait/time-limit.ts'

/** How a command on this machine ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A mistake of the user, or a state of the machine, in one sentence. */
export class SandboxError extends UserError {
  override readonly name = 'SandboxError'
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The environment of every command that the sandbox starts: a fixed PATH, and nothing from the caller. */
export const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH,
  LC_ALL: 'C',
  ...more,
})

/**
 * Descriptors of the locks that this process holds. Commands inherit them: if this process is killed, a lock is free
 * only once the last command that it started has ended, so that no other process cleans up during a mount.
 */
export const heldLocks = new AsyncLocalStorage<readonly number[]>()

/** Runs a command and returns how it ended; a status other than 0 is data, not an error. */
export const attempt = (command: string, args: readonly string[], input = ''): Promise<Ended> =>
  new Promise<Ended>((resolve, reject) => {
    const child = spawnPiped(command, args, {
      env: environment(),
      stdio: ['pipe', 'pipe', 'pipe', ...(heldLocks.getStore() ?? [])],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ code: code ?? 137, stdout: `${Buffer.concat(out)}`, stderr: `${Buffer.concat(err)}` }),
    )
    child.stdin.on('error', () => {}) // a command need not read its input
    child.stdin.end(input)
  }).catch((cause) => {
    throw new SandboxError(`cannot run ${command}: ${whyNotStarted(cause)}`, { cause })
  })

/** Runs a command and returns its output. @throws SandboxError with its last words if its status is not 0 */
export const run = async (command: string, args: readonly string[], input = ''): Promise<string> => {
  const { code, stdout, stderr } = await attempt(command, args, input)
  if (code === 0) return stdout
  const words = (stderr.trim() || stdout.trim()).split('\n').slice(-5).join(' | ')
  throw new SandboxError(`${command} ${args.join(' ')} failed with status ${code}: ${words}`)
}

/**
 * Removes a folder with many thousands of files; file systems mounted in it stay. It does not block this process, which
 * may be serving running hosts.
 */
export const removeAll = (folder: string): Promise<string> => run('rm', ['-rf', '--one-file-system', '--', folder])

/**
 * Starts a process that outlives this one; its output goes to a file. It must close the locks that it inherits
 * (`inCgroups` does).
 */
export const launch = (
  [command = '', ...args]: readonly string[],
  output = '/dev/null',
  env: Readonly<Record<string, string>> = {},
): void => {
  const out = openSync(output, 'w')
  const stdio = ['ignore' as const, out, out, ...(heldLocks.getStore() ?? [])]
  const child = spawn(command, args, { cwd: '/', detached: true, stdio, env: environment(env) })
  child.on('error', () => {}) // whatever waits for its effect reports the failure
  child.unref()
  closeSync(out)
}

/** Milliseconds that a host or a daemon may take to come up or to end: where many do at once, that is minutes. */
export const PATIENCE = 240_000

/** Polls `done` every `every` ms until it holds; false after `timeout` ms (monotonic). */
export const until = async (
  done: () => boolean | Promise<boolean>,
  timeout = PATIENCE,
  every = 20,
): Promise<boolean> => {
  const isLast = timeLimit(timeout)
  for (;;) {
    const last = isLast()
    if (await done()) return true
    if (last) return false
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
