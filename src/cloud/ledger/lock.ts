import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolders } from '../../lib/kept/folders.ts'
import { markedProcess, ownMark } from '../../lib/kept/owner.ts'
import { codeOf } from '../../lib/message.ts'
import { CloudError } from '../provider.ts'

/** Milliseconds between two checks of a lock that another process holds. */
const LOOK = 1000

/** The process that holds a lock; undefined if it has ended or released the lock. */
function holder(file: string): number | undefined {
  try {
    return markedProcess(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** The generations of a lock's existing files, in order. */
function generations(file: string): readonly number[] {
  const prefix = `${basename(file)}.`
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(prefix))
  return names.flatMap((name) => (/^\d+$/.test(name.slice(prefix.length)) ? [Number(name.slice(prefix.length))] : []))
}

/** The state of a lock. */
export interface Found {
  /** The generation of its last file; 0 if it was never held. */
  readonly generation: number
  /** The process that holds it. */
  readonly holder?: number
}

/** Looks up who holds a lock. */
export function look(file: string): Found {
  const generation = Math.max(0, ...generations(file))
  const pid = holder(`${file}.${generation}`)
  return { generation, ...(pid === undefined ? {} : { holder: pid }) }
}

/**
 * Takes a free lock. Each holder creates the file of the next generation, which only one process can do, and processes
 * delete only files of earlier generations. A generation is therefore never used twice, and a lock that somebody has
 * taken since the look cannot be taken again.
 * @returns a function that releases it; undefined if another process was faster
 */
export function claim(file: string, { generation }: Found): (() => void) | undefined {
  const mine = `${file}.${generation + 1}`
  const draft = `${file}.of-${process.pid}-${generation}-${Math.random().toString(36).slice(2)}`
  writeFileSync(draft, `${ownMark()}\n`)
  try {
    linkSync(draft, mine)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
  if (generations(file).some((each) => each > generation + 1)) {
    rmSync(mine, { force: true })
    return undefined
  }
  for (const each of generations(file)) if (each <= generation) rmSync(`${file}.${each}`, { force: true })
  return () => {
    writeFileSync(draft, 'free\n')
    renameSync(draft, mine)
  }
}

/**
 * Does work while no other process on this machine changes the same instances. A process does not lock itself out.
 * @param wait when aborted, stops waiting for another process; absent: does not wait
 * @throws CloudError that names the other process
 */
export async function whileLocked<T>(file: string, work: () => Promise<T>, wait?: AbortSignal): Promise<T> {
  makeFolders(dirname(file), 0o700)
  for (;;) {
    const found = look(file)
    if (found.holder === process.pid) return work()
    if (found.holder !== undefined && (wait === undefined || wait.aborted))
      throw new CloudError('refused', `process ${found.holder} is working on these instances: wait until it has ended`)
    if (found.holder !== undefined) {
      await sleep(LOOK, undefined, wait ? { signal: wait } : {}).catch(() => undefined)
      continue
    }
    const release = claim(file, found)
    if (!release) continue
    try {
      return await work()
    } finally {
      release()
    }
  }
}

/** Lets concurrent work of this process share a lock: the first takes it, the last releases it. */
export function sharing(file: string): <T>(work: () => Promise<T>) => Promise<T> {
  let users = 0
  let free = (): void => {}
  let taken = Promise.resolve()
  let held: Promise<void> = Promise.resolve()
  const take = async (before: Promise<void>): Promise<void> => {
    await before
    await new Promise<void>((resolve, reject) => {
      const use = (): Promise<void> =>
        new Promise<void>((done) => {
          free = done
          resolve()
        })
      held = whileLocked(file, use).catch(reject)
    })
  }
  return async (work) => {
    users++
    if (users === 1) taken = take(held)
    try {
      await taken
      return await work()
    } finally {
      users--
      if (users === 0) free()
    }
  }
}
