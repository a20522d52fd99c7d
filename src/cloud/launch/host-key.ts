import { generateKeyPairSync, randomBytes } from 'node:crypto'

/** A key pair in OpenSSH's format. */
export interface KeyPair {
  /** `ssh-ed25519 AAAA…`. */
  readonly publicKey: string
  /** `-----BEGIN OPENSSH PRIVATE KEY-----…`. */
  readonly privateKey: string
}

const field = (bytes: Buffer | string): Buffer => {
  const content = Buffer.from(bytes)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(content.length)
  return Buffer.concat([size, content])
}
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Creates an ed25519 host key (for the format of the private half, see OpenSSH's PROTOCOL.key). */
export function makeHostKey(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url')
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d as string, 'base64url')
  const blob = Buffer.concat([field('ssh-ed25519'), field(point)])
  const check = randomBytes(4)
  const inner = Buffer.concat([check, check, blob, field(Buffer.concat([seed, point])), field('')])
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, i) => i + 1))
  const outer = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    number(1),
    field(blob),
    field(Buffer.concat([inner, padding])),
  ])
  const lines = outer.toString('base64').match(/.{1,70}/g) ?? []
  return {
    publicKey: `ssh-ed25519 ${blob.toString('base64')}`,
    privateKey: ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n'),
  }
}
