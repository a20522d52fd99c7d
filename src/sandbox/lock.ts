import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { environment, SandboxError } from './exec.ts'

/** Choices for the whole machine (networks, addresses) are made under this lock, whatever the state folder. */
export const MACHINE_LOCK = '/run/provision-sandbox.lock'

/**
 * Runs `work` while no other process on this machine holds the lock `file`.
 * Node has no flock: a child holds it, and ends with its standard input, that is with us, however we end.
 */
export const locked = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  mkdirSync(dirname(file), { recursive: true })
  const child = spawn('flock', [file, 'sh', '-c', 'echo locked; exec cat'], { env: environment(), stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('error', reject)
    child.once('close', (code) => reject(new SandboxError(`cannot lock ${file}: flock ended with status ${code}`)))
  })
  try {
    return await work()
  } finally {
    child.stdin.end()
    await ended
  }
}
