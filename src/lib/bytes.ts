/**
 * The text that bytes are in UTF-8; undefined where they are none: other bytes would silently become a sign of their
 * own.
 */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The bytes of a stream, in the pieces in which they come. @throws TypeError for a stream of something else */
export async function* chunks(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the stream is not one of bytes')
    yield chunk
  }
}
