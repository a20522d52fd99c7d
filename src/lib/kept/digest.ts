import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { keep, readKept } from './file.ts'

type Algorithm = 'sha256' | 'sha512'

/** Smaller files are read each time: that takes no longer. */
const LEAST = 1024 * 1024
/** A file that was changed less long ago may be changed again without its times telling, in milliseconds. */
const SETTLED = 2000
const KIND = 'digests'

/** A file as its digest was made of it. */
interface Stamp {
  readonly name: string
  readonly is: string
}

function stampOf(path: string, algorithm: Algorithm): Stamp | undefined {
  const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = statSync(path, { bigint: true })
  const age = BigInt(Date.now()) - (mtimeMs > ctimeMs ? mtimeMs : ctimeMs)
  if (size < LEAST || age < SETTLED) return undefined
  const name = createHash('sha256')
    .update(`${algorithm} ${realpathSync(path)}`)
    .digest('hex')
  return { name, is: [dev, ino, size, mtimeNs, ctimeNs].join(' ') }
}

function recall(stamp: Stamp | undefined): string | undefined {
  const [is, hex] = (stamp && readKept(KIND, stamp.name))?.toString().split('\n') ?? []
  return is === stamp?.is ? hex : undefined
}

/** Keeps a digest unless the file has changed while it was read. */
function remember(path: string, algorithm: Algorithm, before: Stamp | undefined, hex: string): void {
  if (before === undefined || stampOf(path, algorithm)?.is !== before.is) return
  keep(KIND, before.name, Buffer.from(`${before.is}\n${hex}`))
}

/** Begins a digest: what is kept of it, or the hash to feed and what ends it. */
function begin(path: string, algorithm: Algorithm) {
  const stamp = stampOf(path, algorithm)
  const hash = createHash(algorithm)
  const end = (): string => {
    const hex = hash.digest('hex')
    remember(path, algorithm, stamp, hex)
    return hex
  }
  return { kept: recall(stamp), hash, end }
}

/**
 * The digest of a file of this machine, hex. It is kept in the user's cache, and read there for as long as the file has
 * the same size, times and inode. @throws where the file cannot be read
 */
export function digestOfFile(path: string, algorithm: Algorithm): string {
  const { kept, hash, end } = begin(path, algorithm)
  if (kept !== undefined) return kept
  const chunk = Buffer.allocUnsafe(1 << 20)
  const fd = openSync(path, 'r')
  try {
    for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk)) hash.update(chunk.subarray(0, n))
  } finally {
    closeSync(fd)
  }
  return end()
}

/** The same while other work goes on. */
export async function digestMeanwhile(path: string, algorithm: Algorithm): Promise<string> {
  const { kept, hash, end } = begin(path, algorithm)
  if (kept !== undefined) return kept
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return end()
}
