import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { inflateRawSync } from 'node:zlib'

/**
 * Unpacks the program that a zip is named after (`consul_1.2.3_linux_amd64.zip`) into its own folder; returns its path.
 * HashiCorp's zips also contain a licence. Format: PKWARE's APPNOTE.TXT, 4.3.
 */
export function unzipProgram(file: string): string {
  const bytes = readFileSync(file)
  const wanted = basename(file).split('_')[0] as string
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (end < 0) throw new Error(`${file} is no zip`)
  for (let at = bytes.readUInt32LE(end + 16); bytes.readUInt32LE(at) === 0x02014b50; ) {
    const [name, extra, comment] = [28, 30, 32].map((from) => bytes.readUInt16LE(at + from)) as [number, number, number]
    if (bytes.subarray(at + 46, at + 46 + name).toString() === wanted) {
      const local = bytes.readUInt32LE(at + 42)
      const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
      const packed = bytes.subarray(begin, begin + bytes.readUInt32LE(at + 20))
      const program = join(mkdtempSync(join(tmpdir(), 'program-')), wanted)
      writeFileSync(program, bytes.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed), { mode: 0o755 })
      return program
    }
    at += 46 + name + extra + comment
  }
  throw new Error(`${file} holds no ${wanted}`)
}
