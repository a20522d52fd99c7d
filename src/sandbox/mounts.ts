import { readFileSync } from 'node:fs'
import { attempt, run } from './exec.ts'

const decode = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** Mount points of a /proc/…/mountinfo at or under `folder`, the last mounted first. */
export const mountsUnder = (mountinfo: string, folder: string): string[] =>
  mountinfo
    .split('\n')
    .map((line) => decode(line.split(' ')[4] ?? ''))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .reverse()

/** This process's mounts, as the kernel lists them. */
export const readMounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8')

/** True if something is mounted exactly there. */
export const isMounted = (point: string): boolean => mountsUnder(readMounts(), point).includes(point)

/** Unmounts everything at or under a folder; lazily if it is still busy (with a dying process). */
export const unmountAll = async (folder: string): Promise<void> => {
  for (const point of mountsUnder(readMounts(), folder)) {
    if ((await attempt('umount', [point])).code !== 0) await run('umount', ['-l', point])
  }
}
