/** A node as a snapshot of ZooKeeper has it. */
export interface Node {
  readonly path: string
  readonly data?: string
  readonly owner?: bigint
}

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)])

function sum(bytes: Buffer): bigint {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return BigInt(b) * 65536n + BigInt(a)
}

/** The bytes of a snapshot, as ZooKeeper writes them. */
export function snapshotBytes(nodes: readonly Node[], acl: readonly (readonly [string, string])[] = []): Buffer {
  const lists = acl.map(([scheme, id], i) =>
    Buffer.concat([long(BigInt(i + 1)), int(1), int(31), text(scheme), text(id)]),
  )
  const one = ({ path, data, owner = 0n }: Node): Buffer =>
    Buffer.concat([
      text(path),
      data === undefined ? int(-1) : text(data),
      long(1n),
      ...[1n, 2n, 3n, 4n].map(long),
      ...[0, 0, 0].map(int),
      long(owner),
      long(5n),
    ])
  const body = Buffer.concat([
    int(0x5a4b534e),
    int(2),
    long(0xffffffffffffffffn),
    int(1), // a session
    long(7n),
    int(4000),
    int(lists.length),
    ...lists,
    ...[{ path: '' }, ...nodes].map(one),
    text('/'),
  ])
  // what stands behind the sum is not read: later versions write more there
  return Buffer.concat([body, long(sum(body)), text('/'), long(9n)])
}
