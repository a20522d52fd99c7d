import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../lib/message.ts'
import { CloudError } from './provider.ts'

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

/** The process that holds a lock; undefined where it has ended. */
function holder(file: string): number | undefined {
  try {
    const [pid = '', since = ''] = readFileSync(file, 'utf8').trim().split(' ')
    const number = Number(pid)
    return number > 0 && isAlive(number) && began(number) === since ? number : undefined
  } catch {
    return undefined
  }
}

/**
 * Does some work while no other process on this machine changes the same instances.
 * @throws CloudError that names the other process
 */
export async function whileLocked<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const me = `${process.pid} ${began(process.pid)}\n`
  try {
    writeFileSync(file, me, { flag: 'wx' })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const other = holder(file)
    if (other !== undefined)
      throw new CloudError('refused', `process ${other} works on these instances just now: wait until it has ended`)
    rmSync(file, { force: true })
    writeFileSync(file, me, { flag: 'wx' })
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
