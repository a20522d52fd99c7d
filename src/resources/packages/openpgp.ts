import { createHash } from 'node:crypto'
import { there } from '../../lib/user-error.ts'

/** The parts of a public key that matter to a package repository. Times in seconds since 1970. */
export interface PublicKey {
  /** The last 16 hex digits of the fingerprint, as `gpg --list-keys --keyid-format long` shows it. */
  readonly id: string
  readonly created: number
  /**
   * When its signatures stop being trusted: at its own expiry, or that of its last signing subkey; undefined: never.
   */
  readonly expires: number | undefined
  readonly revoked: boolean
}

interface Packet {
  readonly tag: number
  readonly body: Buffer
}

interface Signature {
  readonly kind: number
  readonly issuer: string | undefined
  readonly created: number
  /** Seconds after the key's creation; 0 or undefined: never. */
  readonly lifetime: number | undefined
  readonly flags: number | undefined
}

const ARMOR = /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([\s\S]*?)-----END PGP PUBLIC KEY BLOCK-----/g
const SIGNS = 0x02

/** Is this the text form of a key (`.asc`), rather than the binary one (`.gpg`)? */
export const isArmored = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes).toString('latin1').trimStart().startsWith('-----BEGIN PGP')

/**
 * The public keys in a key file, armored or binary (RFC 4880 and RFC 9580; version 4 and 6 keys). Does not verify
 * signatures: this only detects an expired key in advance, and apt does the rest.
 * @throws TypeError if the bytes are no public key.
 */
export function publicKeys(bytes: Uint8Array): readonly PublicKey[] {
  try {
    const list = packets(isArmored(bytes) ? dearmor(Buffer.from(bytes).toString('latin1')) : Buffer.from(bytes))
    const starts = list.flatMap((p, i) => (p.tag === 6 ? [i] : []))
    if (starts.length === 0 || list[0]?.tag !== 6) throw new TypeError('is not an OpenPGP public key')
    return starts.map((start, n) => publicKey(list.slice(start, starts[n + 1])))
  } catch (error) {
    if (error instanceof RangeError) throw new TypeError('is cut short or is not an OpenPGP public key')
    throw error
  }
}

/** When the last of these keys expires; undefined: never. Revoked keys count as expired at their creation. */
export function lastExpiry(keys: readonly PublicKey[]): number | undefined {
  const ends = keys.map((k) => (k.revoked ? k.created : (k.expires ?? Number.POSITIVE_INFINITY)))
  const last = Math.max(...ends)
  return Number.isFinite(last) ? last : undefined
}

function dearmor(text: string): Buffer {
  const blocks = [...text.matchAll(ARMOR)].map((m) => {
    const lines = (m[1] ?? '').split(/\r?\n/)
    const blank = lines.findIndex((l) => l.trim() === '')
    return Buffer.from(
      lines
        .slice(blank + 1)
        .filter((l) => !l.startsWith('='))
        .join(''),
      'base64',
    )
  })
  return Buffer.concat(blocks)
}

function packets(bytes: Buffer): Packet[] {
  const out: Packet[] = []
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.readUInt8(at)
    if ((head & 0x80) === 0) throw new TypeError('is not an OpenPGP public key')
    const [tag, size, skip] = (head & 0x40) !== 0 ? newLength(bytes, at) : oldLength(bytes, at)
    const from = at + skip
    if (from + size > bytes.length) throw new RangeError('cut short')
    out.push({ tag, body: bytes.subarray(from, from + size) })
    at = from + size
  }
  return out
}

function oldLength(bytes: Buffer, at: number): [tag: number, size: number, skip: number] {
  const head = bytes.readUInt8(at)
  const tag = (head >> 2) & 0x0f
  const octets = [1, 2, 4][head & 3] ?? 0
  if (octets === 0) return [tag, bytes.length - at - 1, 1]
  return [tag, bytes.readUIntBE(at + 1, octets), 1 + octets]
}

function newLength(bytes: Buffer, at: number): [tag: number, size: number, skip: number] {
  const [size, octets] = varLength(bytes, at + 1)
  return [bytes.readUInt8(at) & 0x3f, size, 1 + octets]
}

/** RFC 4880 §4.2.2 and §5.2.3.1: a length in one, two or five octets. */
function varLength(bytes: Buffer, at: number): [size: number, octets: number] {
  const first = bytes.readUInt8(at)
  if (first < 192) return [first, 1]
  if (first < 224) return [((first - 192) << 8) + bytes.readUInt8(at + 1) + 192, 2]
  if (first === 255) return [bytes.readUInt32BE(at + 1), 5]
  throw new TypeError('uses partial lengths, which a public key never does')
}

function publicKey(list: readonly Packet[]): PublicKey {
  const { body } = there(list[0], 'a packet')
  const id = keyId(body)
  const created = body.readUInt32BE(1)
  const firstSubkey = list.findIndex((p) => p.tag === 14)
  const own = signatures(firstSubkey === -1 ? list : list.slice(0, firstSubkey)).filter(
    (s) => s.issuer === undefined || s.issuer === id,
  )
  // a direct-key signature may merely name a revoker, so only signatures about the key's use count
  const self = newest(
    own.filter((s) => ((s.kind >= 0x10 && s.kind <= 0x13) || s.kind === 0x1f) && (s.flags ?? s.lifetime) !== undefined),
  )
  const end = until(created, self)
  const signers = self?.flags === undefined || (self.flags & SIGNS) !== 0 ? [end] : []
  list.forEach((packet, i) => {
    if (packet.tag !== 14) return
    const rest = list.slice(i + 1)
    const next = rest.findIndex((p) => p.tag === 14)
    const about = signatures(next === -1 ? rest : rest.slice(0, next))
    const binding = newest(about.filter((s) => s.kind === 0x18))
    if (((binding?.flags ?? 0) & SIGNS) !== 0 && !about.some((s) => s.kind === 0x28))
      signers.push(Math.min(end, until(packet.body.readUInt32BE(1), binding)))
  })
  const expires = signers.length > 0 ? Math.max(...signers) : end
  return {
    id,
    created,
    expires: Number.isFinite(expires) ? expires : undefined,
    revoked: own.some((s) => s.kind === 0x20),
  }
}

const newest = (list: readonly Signature[]): Signature | undefined =>
  [...list].sort((a, b) => a.created - b.created).at(-1)
const until = (created: number, s: Signature | undefined): number =>
  s?.lifetime ? created + s.lifetime : Number.POSITIVE_INFINITY
const signatures = (list: readonly Packet[]): Signature[] =>
  list.flatMap((p) => (p.tag === 2 ? (signature(p.body) ?? []) : []))

/** RFC 4880 §12.2, RFC 9580 §5.5.4. */
function keyId(body: Buffer): string {
  const version = body.readUInt8(0)
  if (version !== 4 && version !== 6)
    throw new TypeError(`is a version ${version} key; apt accepts only versions 4 and 6`)
  const size = Buffer.alloc(version === 4 ? 3 : 5)
  size.writeUInt8(version === 4 ? 0x99 : 0x9b, 0)
  size.writeUIntBE(body.length, 1, size.length - 1)
  const print = createHash(version === 4 ? 'sha1' : 'sha256')
    .update(size)
    .update(body)
    .digest('hex')
  return (version === 4 ? print.slice(-16) : print.slice(0, 16)).toUpperCase()
}

/** The key ID in an issuer's fingerprint, which follows its version. RFC 9580 §5.2.3.35. */
const issuerId = (fingerprint: Buffer): Buffer =>
  fingerprint.readUInt8(0) === 4 ? fingerprint.subarray(-8) : fingerprint.subarray(1, 9)

function signature(body: Buffer): Signature | undefined {
  const version = body.readUInt8(0)
  if (version !== 4 && version !== 6) return undefined
  const octets = version === 4 ? 2 : 4
  const hashed = body.readUIntBE(4, octets)
  const unhashedAt = 4 + octets + hashed
  const unhashed = body.readUIntBE(unhashedAt, octets)
  const signed = subpackets(body.subarray(4 + octets, unhashedAt))
  const loose = subpackets(body.subarray(unhashedAt + octets, unhashedAt + octets + unhashed))
  const fingerprint = signed.get(33)
  const issuer = fingerprint === undefined ? (signed.get(16) ?? loose.get(16)) : issuerId(fingerprint)
  return {
    kind: body.readUInt8(1),
    issuer: issuer?.toString('hex').toUpperCase(),
    created: signed.get(2)?.readUInt32BE(0) ?? 0,
    lifetime: signed.get(9)?.readUInt32BE(0),
    flags: signed.get(27)?.[0],
  }
}

function subpackets(bytes: Buffer): Map<number, Buffer> {
  const out = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length; ) {
    const [size, octets] = varLength(bytes, at)
    if (size === 0 || at + octets + size > bytes.length) throw new RangeError('cut short')
    out.set(bytes.readUInt8(at + octets) & 0x7f, bytes.subarray(at + octets + 1, at + octets + size))
    at += octets + size
  }
  return out
}
