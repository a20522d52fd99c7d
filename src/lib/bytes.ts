/** Decodes UTF-8; undefined if the bytes are not UTF-8, which a plain decoder would replace silently. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The bytes of a stream, chunk by chunk. @throws TypeError if it is not a stream of bytes */
export async function* chunks(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the stream is not a stream of bytes')
    yield chunk
  }
}
