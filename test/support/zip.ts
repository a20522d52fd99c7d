import { crc32, deflateRawSync } from 'node:zlib'

/** 1980-01-01, the earliest date in a zip, so that the same bytes give the same zip. */
const DATE = 0x21

/**
 * A zip with one file (mode 0755), as HashiCorp publishes its programs. Format: PKWARE's APPNOTE.TXT, 4.3. At most 4
 * GiB.
 */
export function zip(name: string, bytes: Uint8Array): Buffer {
  const packed = deflateRawSync(bytes)
  const path = Buffer.from(name)
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0) // needs version 2.0: deflate
  common.writeUInt16LE(8, 4) // deflated
  common.writeUInt16LE(DATE, 8)
  common.writeUInt32LE(crc32(bytes), 10)
  common.writeUInt32LE(packed.length, 14)
  common.writeUInt32LE(bytes.length, 18)
  common.writeUInt16LE(path.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path])
  const unix = Buffer.alloc(14)
  unix.writeUInt32LE(0o100755 * 0x10000, 6) // a plain file
  // 3: made on Unix
  const central = Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, unix, path])
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(local.length + packed.length, 12)
  return Buffer.concat([local, packed, central, Buffer.from('PK\x05\x06'), end])
}
