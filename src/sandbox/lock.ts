import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { environment, heldLocks, SandboxError } from './exec.ts'

/** The lock for choices that concern the whole machine (networks, addresses), whatever the state folder. */
export const MACHINE_LOCK = '/run/provision-sandbox.lock'

/**
 * Locks the open file behind a descriptor. Node has no flock. The lock belongs to the open file, which flock(1) shares
 * with this process, so it outlives flock(1).
 */
const flock = (file: string, descriptor: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('flock', ['-x', '3'], { env: environment(), stdio: ['ignore', 'ignore', 'ignore', descriptor] })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new SandboxError(`cannot lock ${file}: flock ended with status ${code}`)),
    )
  })

/** Runs `work` while no other process on this machine, and no other call in this one, holds the lock `file`. */
export const locked = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  mkdirSync(dirname(file), { recursive: true })
  const descriptor = openSync(file, 'a')
  try {
    await flock(file, descriptor)
    return await heldLocks.run([...(heldLocks.getStore() ?? []), descriptor], work)
  } finally {
    closeSync(descriptor)
  }
}
