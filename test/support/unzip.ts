import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { inflateRawSync } from 'node:zlib'

/**
 * Unpacks the one program of a zip that `zip` has made into a folder of its own; gives its path. Format: PKWARE's
 * APPNOTE.TXT, 4.3.7.
 */
export function unzipProgram(file: string): string {
  const bytes = readFileSync(file)
  if (bytes.readUInt32LE(0) !== 0x04034b50 || bytes.readUInt16LE(8) !== 8)
    throw new Error(`${file} does not begin with a deflated file`)
  const name = bytes.readUInt16LE(26)
  const begin = 30 + name + bytes.readUInt16LE(28)
  const program = join(mkdtempSync(join(tmpdir(), 'program-')), basename(bytes.subarray(30, 30 + name).toString()))
  writeFileSync(program, inflateRawSync(bytes.subarray(begin, begin + bytes.readUInt32LE(18))), { mode: 0o755 })
  return program
}
