/** What {@link markFinder} has found in one more chunk. */
export interface Marks {
  /** sudo has granted access and waits for the script. */
  readonly ready: boolean
  /** The user id that the script runs as, once it has begun. */
  readonly uid?: number
  /** The script's own output that followed the begin mark in this chunk. */
  readonly rest?: Buffer
}

/** Looks for the marks of one script in a byte stream. */
export interface MarkFinder {
  /** Takes the next bytes. Must not be called again after it has returned a `uid`. */
  push(chunk: Buffer): Marks
  /** The first bytes before the begin mark (at most 4 KiB), which the login printed. */
  noise(): string
}

const NOISE = 4096
/** Longest mark: the nonce, ` begin `, a 32-bit uid, a line feed. */
const longest = (nonce: string): number => nonce.length + ' begin 4294967295\n'.length

/**
 * Finds `NONCE ready` and `NONCE begin UID` anywhere, even after noise without a line break and across chunk
 * boundaries.
 */
export function markFinder(nonce: string): MarkFinder {
  const pattern = new RegExp(`${nonce} begin (\\d{1,10})\\n`)
  let noise = ''
  let ready = false
  let held = Buffer.alloc(0)
  return {
    noise: () => (noise + held.toString()).slice(0, NOISE),
    push(chunk) {
      held = Buffer.concat([held, chunk])
      // latin1 maps one byte to one character, so that positions in the text are positions in the bytes.
      const text = held.toString('latin1')
      ready ||= text.includes(`${nonce} ready\n`)
      const begin = pattern.exec(text)
      const end = begin?.index ?? Math.max(0, held.length - longest(nonce))
      if (noise.length < NOISE) noise = (noise + held.toString('utf8', 0, end)).slice(0, NOISE)
      if (begin) return { ready, uid: Number(begin[1]), rest: held.subarray(begin.index + begin[0].length) }
      held = held.subarray(end)
      return { ready }
    },
  }
}
