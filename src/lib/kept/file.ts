import { createHash } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from './folders.ts'
import { cacheFolder } from './home.ts'

const DAY = 24 * 60 * 60 * 1000
const DIGEST = 32
const digest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

const cache = (kind: string): string => join(cacheFolder(), kind)

/**
 * A file that an earlier run kept under a name. Returned only if it is complete and belongs to us, because it contains
 * code.
 * @param kind a folder's name
 */
export function readKept(kind: string, name: string): Buffer | undefined {
  try {
    const fd = openSync(join(cache(kind), name), 'r')
    try {
      if (fstatSync(fd).uid !== process.getuid?.()) return undefined
      const bytes = readFileSync(fd)
      const kept = bytes.subarray(DIGEST)
      return digest(kept).equals(bytes.subarray(0, DIGEST)) ? kept : undefined
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** Keeps a file for the next run. If that fails, the next run only takes a little longer. */
export function keep(kind: string, name: string, bytes: Buffer): void {
  try {
    const folder = cache(kind)
    makeFolders(folder, 0o700)
    for (const each of readdirSync(folder)) {
      const path = join(folder, each)
      if (Date.now() - statSync(path).mtimeMs > 30 * DAY) rmSync(path, { recursive: true })
    }
    const fresh = join(folder, `${name}.${process.pid}`)
    writeFileSync(fresh, Buffer.concat([digest(bytes), bytes]), { mode: 0o600, flag: 'wx' })
    renameSync(fresh, join(folder, name))
  } catch {}
}
