/** The last bytes of a stream, in bounded memory. */
export interface Tail {
  push(chunk: Buffer): void
  bytes(): Buffer
}

/** Keeps the last `limit` bytes. */
export function tail(limit: number): Tail {
  let chunks: Buffer[] = []
  let size = 0
  const bytes = (): Buffer => {
    const all = Buffer.concat(chunks)
    return all.subarray(Math.max(0, all.length - limit))
  }
  return {
    bytes,
    push(chunk) {
      chunks.push(chunk)
      size += chunk.length
      // Compacting only at twice the limit keeps the copying linear.
      if (size < 2 * limit && chunks.length < 1024) return
      chunks = [Buffer.from(bytes())]
      size = chunks[0]?.length ?? 0
    },
  }
}
