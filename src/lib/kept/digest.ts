import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { keep, readKept } from './file.ts'

type Algorithm = 'sha256' | 'sha512'

/** Smaller files are hashed each time, which is as fast as a look-up. */
const LEAST = 1024 * 1024
/** Milliseconds after a change during which another change may leave a file's times as they are. */
const SETTLED = 2000
const KIND = 'digests'

/** What identifies the version of a file that a digest belongs to. */
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

/** Stores a digest, unless the file changed while it was read. */
function remember(path: string, algorithm: Algorithm, before: Stamp | undefined, hex: string): void {
  if (before === undefined || stampOf(path, algorithm)?.is !== before.is) return
  keep(KIND, before.name, Buffer.from(`${before.is}\n${hex}`))
}

/** Starts a digest: returns the stored one, or a hash to feed and a function to finish it. */
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
 * The digest of a file on this machine, in hex. It is cached for the user as long as the file's size, times and inode
 * stay the same. @throws if the file cannot be read
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

/** Like {@link digestOfFile}, without blocking other work. */
export async function digestMeanwhile(path: string, algorithm: Algorithm): Promise<string> {
  const { kept, hash, end } = begin(path, algorithm)
  if (kept !== undefined) return kept
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return end()
}
