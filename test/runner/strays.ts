import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds until the kernel has ended killed processes, which may have been in the middle of a mount. */
const DYING = 10_000

/** The environment of another process, or nothing: it has ended, or is not ours. */
const environmentOf = (pid: string): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    return []
  }
}

const pids = (): readonly string[] => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return [] // a machine without /proc
  }
}

/**
 * The other processes whose environment has these entries: whatever session or group they have made for themselves.
 * Sandbox hosts are not among them, since they get an environment of their own.
 */
export const strays = (marks: readonly string[]): readonly number[] =>
  pids()
    .filter((pid) => Number(pid) !== process.pid)
    .filter((pid) => {
      const its = environmentOf(pid)
      return marks.every((mark) => its.includes(mark))
    })
    .map(Number)

/** Kills these processes, those that they still start, and waits for their end. */
export async function endStrays(marks: readonly string[]): Promise<void> {
  for (const end = performance.now() + DYING; performance.now() < end; ) {
    const left = strays(marks)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {} // gone meanwhile
    }
    await sleep(20)
  }
}
