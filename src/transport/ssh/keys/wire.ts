/** A string in SSH's wire format (RFC 4251 §5): its length, then its bytes. */
export function wireString(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Reads a message in SSH's wire format from the start. @throws RangeError if it ends too early */
export interface WireReader {
  byte(): number
  number(): number
  bytes(length: number): Buffer
  string(): Buffer
}

/** See {@link WireReader}. */
export function wireReader(message: Buffer): WireReader {
  let at = 0
  const bytes = (length: number): Buffer => {
    if (at + length > message.length) throw new RangeError('the message ends too early')
    at += length
    return message.subarray(at - length, at)
  }
  const number = (): number => bytes(4).readUInt32BE()
  return { byte: () => bytes(1).readUInt8(), number, bytes, string: () => bytes(number()) }
}
