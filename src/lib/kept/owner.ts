import { readFileSync } from 'node:fs'
import { codeOf } from '../message.ts'

/** A process' state and when it began, according to Linux; empty where that is not known. */
function known(pid: number): { readonly state: string; readonly began: string } {
  try {
    const [state = '', ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state, began: rest[18] ?? '' }
  } catch {
    return { state: '', began: '' }
  }
}

function hasNumber(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Identifies this process in a file, for later ones: numbers are used again, so it also says when it began. */
export const ownMark = (): string => `${process.pid} ${known(process.pid).began}`

/** The process that a mark identifies; undefined if it has ended, even if nobody has collected it yet. */
export function markedProcess(mark: string): number | undefined {
  const [number = '', since = ''] = mark.trim().split(' ')
  const pid = Number(number)
  if (!(pid > 0) || !hasNumber(pid)) return undefined
  const { state, began } = known(pid)
  return began === since && state !== 'Z' ? pid : undefined
}
