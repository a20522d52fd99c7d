/** The contents of a ZooKeeper snapshot. */
export interface Snapshot {
  /** The number of nodes, without the root. */
  readonly nodes: number
  /** How many of them are ephemeral. */
  readonly ephemerals: number
  /** The paths of all nodes, in the file's order. */
  readonly paths: readonly string[]
  /** Names of the logins whose password's digest is in a node's access list. */
  readonly logins: readonly string[]
}

const MAGIC = 0x5a4b534e // "ZKSN"
/** The size of a node's stat, czxid to pzxid: five longs, three ints and two more longs. */
const STAT = 4 * 8 + 3 * 4 + 2 * 8
/** The offset of an ephemeral node's owner in the stat. */
const OWNER = 4 * 8 + 3 * 4
/** The owner of a container node, and the first byte of the owner of a node with a TTL. */
const CONTAINER = 0x8000000000000000n

/** ZooKeeper's checksum. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0]
  for (let at = 0; at < bytes.length; ) {
    // the most bytes that cannot overflow an integer
    const end = Math.min(at + 3800, bytes.length)
    for (; at < end; at++) {
      a += bytes[at] as number
      b += a
    }
    a %= 65521
    b %= 65521
  }
  return b * 65536 + a
}

/** Reads ZooKeeper's serialisation format. @throws RangeError at the end of the file */
function reader(file: Buffer) {
  let at = 0
  const skip = (size: number): number => {
    if (size < 0 || at + size > file.length) throw new RangeError('behind the end')
    at += size
    return at - size
  }
  const int = (): number => file.readInt32BE(skip(4))
  /** A length of -1 means null. */
  const bytes = (): Buffer => {
    const size = Math.max(0, int())
    const from = skip(size)
    return file.subarray(from, from + size)
  }
  return { int, bytes, skip, text: () => bytes().toString('utf8'), at: () => at }
}

const isEphemeral = (owner: bigint): boolean => owner !== 0n && owner !== CONTAINER && owner >> 56n !== 0xffn

/**
 * Reads a snapshot of ZooKeeper 3.5 or later (uncompressed) to its end.
 * @throws Error in one sentence if it is something else, is incomplete, or has a wrong checksum
 */
export function parseSnapshot(file: Buffer): Snapshot {
  const { int, bytes, skip, text, at } = reader(file)
  const paths: string[] = []
  const logins = new Set<string>()
  let ephemerals = 0
  try {
    if (int() !== MAGIC) throw new Error('it is not a ZooKeeper snapshot')
    skip(4 + 8)
    for (let left = int(); left > 0; left--) skip(8 + 4)
    for (let lists = int(); lists > 0; lists--) {
      skip(8)
      for (let left = int(); left > 0; left--) {
        skip(4)
        const [scheme, id] = [text(), text()]
        if (scheme === 'digest') logins.add(id.replace(/:.*/s, ''))
      }
    }
    for (let path = text(); path !== '/'; path = text()) {
      bytes()
      skip(8)
      if (isEphemeral(file.readBigUInt64BE(skip(STAT) + OWNER))) ephemerals++
      if (path !== '') paths.push(path)
    }
    const sum = adler32(file.subarray(0, at()))
    if (file.readBigInt64BE(skip(8)) !== BigInt(sum)) throw new Error('its checksum is wrong: it is damaged')
  } catch (error) {
    if (error instanceof RangeError) throw new Error('it is incomplete', { cause: error })
    throw error
  }
  return { nodes: paths.length, ephemerals, paths, logins: [...logins].sort() }
}
