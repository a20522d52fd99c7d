/**
 * jute, ZooKeeper's wire encoding: big-endian numbers, strings and buffers with their length before them
 * (zookeeper.jute).
 */

export const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

export const bool = (value: boolean): Buffer => Buffer.from([value ? 1 : 0])

export const buffer = (value: Uint8Array): Buffer => Buffer.concat([int(value.length), value])

export const string = (value: string): Buffer => buffer(Buffer.from(value))

export const vector = (items: readonly Buffer[]): Buffer => Buffer.concat([int(items.length), ...items])

/** A packet as it goes over the wire: its length, then its parts. */
export const packet = (...parts: readonly Buffer[]): Buffer => buffer(Buffer.concat(parts))

/** Reads one value after the other. */
export class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  long(): bigint {
    this.#at += 8
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }

  /** Bytes; absent ones (length -1) are empty. */
  buffer(): Buffer {
    const size = Math.max(0, this.int())
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  string(): string {
    return this.buffer().toString('utf8')
  }

  strings(): string[] {
    return Array.from({ length: Math.max(0, this.int()) }, () => this.string())
  }
}

/** Cuts a stream of chunks into packets. */
export class Packets {
  #rest: Buffer = Buffer.alloc(0)

  /** The packets that are complete with this chunk. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const whole: Buffer[] = []
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readInt32BE(0)) {
      const end = 4 + this.#rest.readInt32BE(0)
      whole.push(this.#rest.subarray(4, end))
      this.#rest = this.#rest.subarray(end)
    }
    return whole
  }
}
