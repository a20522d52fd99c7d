import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isOrphan, prefixOf, RUN } from '../support/run-name.ts'

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

type Is = (environment: readonly string[]) => boolean

const others = (is: Is): readonly number[] =>
  pids()
    .filter((pid) => Number(pid) !== process.pid && is(environmentOf(pid)))
    .map(Number)

const marked =
  (marks: readonly string[]): Is =>
  (its) =>
    marks.every((mark) => its.includes(mark))

/** Is it a process of a run whose runner has ended? */
const isOrphaned: Is = (its) => {
  const run = its.find((each) => each.startsWith(`${RUN}=`))?.slice(RUN.length + 1)
  return run !== undefined && isOrphan(prefixOf(run))
}

/**
 * The other processes whose environment has these entries: whatever session or group they have made for themselves.
 * Sandbox hosts are not among them, since they get an environment of their own.
 */
export const strays = (marks: readonly string[]): readonly number[] => others(marked(marks))

/** Kills {@link strays}, and waits for their end. */
export const endStrays = (marks: readonly string[]): Promise<void> => endOthers(marked(marks))

/** Kills the processes that killed runs have left, and waits for their end. */
export const endOrphans = (): Promise<void> => endOthers(isOrphaned)

/** Kills processes and those that they still start, and waits for their end. */
async function endOthers(is: Is): Promise<void> {
  for (const end = performance.now() + DYING; performance.now() < end; ) {
    const left = others(is)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {} // gone meanwhile
    }
    await sleep(20)
  }
}
