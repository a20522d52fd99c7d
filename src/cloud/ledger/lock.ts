import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolders } from '../../lib/kept/folders.ts'
import { codeOf } from '../../lib/message.ts'
import { CloudError } from '../provider.ts'

/** Milliseconds between two looks at a lock that somebody holds. */
const LOOK = 1000

/** When a process began, so that another one of the same number is told apart; empty where nobody can say. */
function began(pid: number): string {
  try {
    return (
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    )
  } catch {
    return ''
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** The process that holds a lock; undefined where it has ended, or has let go. */
function holder(file: string): number | undefined {
  try {
    const [pid = '', since = ''] = readFileSync(file, 'utf8').trim().split(' ')
    const number = Number(pid)
    return number > 0 && isAlive(number) && began(number) === since ? number : undefined
  } catch {
    return undefined
  }
}

/** The generations of a lock that lie there, in order. */
function generations(file: string): readonly number[] {
  const prefix = `${basename(file)}.`
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(prefix))
  return names.flatMap((name) => (/^\d+$/.test(name.slice(prefix.length)) ? [Number(name.slice(prefix.length))] : []))
}

/** A lock as it was found. */
export interface Found {
  /** Of its last file; 0 where nobody has ever held it. */
  readonly generation: number
  /** The process that holds it. */
  readonly holder?: number
}

/** Looks who holds a lock. */
export function look(file: string): Found {
  const generation = Math.max(0, ...generations(file))
  const pid = holder(`${file}.${generation}`)
  return { generation, ...(pid === undefined ? {} : { holder: pid }) }
}

/**
 * Takes a lock that nobody holds. Each holder makes the file of the next generation, which one process alone can do,
 * and only files of earlier ones are ever taken away: so the last one never comes twice, and what somebody else has
 * taken since it was looked at cannot be taken again.
 * @returns what lets go of it; undefined where somebody else was faster
 */
export function claim(file: string, { generation }: Found): (() => void) | undefined {
  const mine = `${file}.${generation + 1}`
  const draft = `${file}.of-${process.pid}-${generation}-${Math.random().toString(36).slice(2)}`
  writeFileSync(draft, `${process.pid} ${began(process.pid)}\n`)
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
 * Does some work while no other process on this machine changes the same instances. What a process does within such
 * work it does not keep itself out of.
 * @param wait aborted: another process is not waited for any more; absent: it is not waited for
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

/**
 * Lets pieces of work of this process share a lock, whichever of them ends last: the first takes it, the last lets go.
 */
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
