import { present } from '../../../lib/compact.ts'
import { wireReader, wireString } from './wire.ts'

const SUFFIX = '-cert-v01@openssh.com'
/** How many fields the public key itself has, by type (PROTOCOL.certkeys of OpenSSH). */
const FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ssh-dss': 4,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'sk-ssh-ed25519@openssh.com': 2,
  'sk-ecdsa-sha2-nistp256@openssh.com': 3,
}

/** An OpenSSH certificate: a public key that an authority has signed. */
export interface Certificate {
  /** In SSH's wire format. */
  readonly blob: Buffer
  readonly type: string
  /** The public key that it certifies. */
  readonly public: Buffer
  /** It certifies a user, not a host. */
  readonly isUser: boolean
  /** Seconds since 1970; `undefined`: it never expires. */
  readonly until: number | undefined
}

const plainType = (type: string): string => {
  const base = type.slice(0, -SUFFIX.length)
  return base.startsWith('sk-') ? `${base}@openssh.com` : base
}

/** Parses a certificate; `undefined` if it is not one. */
export function parseCertificate(blob: Buffer): Certificate | undefined {
  try {
    const reader = wireReader(blob)
    const type = reader.string().toString('latin1')
    const base = plainType(type)
    const fields = FIELDS[base]
    if (!type.endsWith(SUFFIX) || fields === undefined) return undefined
    reader.string() // the nonce
    const key = Array.from({ length: fields }, () => wireString(reader.string()))
    reader.bytes(8) // the serial number
    const isUser = reader.number() === 1
    for (let i = 0; i < 2; i++) reader.string() // the id, the principals
    reader.bytes(8)
    const until = reader.bytes(8).readBigUInt64BE()
    const ends = until < BigInt(Number.MAX_SAFE_INTEGER) ? Number(until) : undefined
    return { blob, type, public: Buffer.concat([wireString(base), ...key]), isUser, until: ends }
  } catch {
    return undefined
  }
}

/**
 * Presents a security token's key (FIDO) as the plain type, the only one that ssh2 knows; the two differ only in what
 * they sign. `undefined`: it is another kind of key.
 */
export function withoutToken(blob: Buffer): Buffer | undefined {
  const reader = wireReader(blob)
  const type = reader.string().toString('latin1')
  const plain = /^sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com$/.exec(type)?.[1]
  if (plain === undefined) return undefined
  const fields = Array.from({ length: present(FIELDS[plain]) }, () => wireString(reader.string()))
  return Buffer.concat([wireString(plain), ...fields])
}

/** Can a public key or certificate of this kind be used to log in? Agents hold others, too. */
export const isKnownKey = (blob: Buffer): boolean => {
  try {
    const type = wireReader(blob).string().toString('latin1')
    return FIELDS[type.endsWith(SUFFIX) ? plainType(type) : type] !== undefined
  } catch {
    return false
  }
}
