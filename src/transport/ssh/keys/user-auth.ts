import type { Client, ParsedKey } from 'ssh2'
import { TransportError } from '../../transport.ts'
import { wireReader, wireString } from './wire.ts'

type Sign = (data: Buffer, send: (signature: Buffer) => void) => void

/** The internals of ssh2 that this file uses. */
interface Protocol {
  /** Without `sign`, it asks whether the host would accept the key. */
  authPK?(user: string, key: ParsedKey, algorithm: string | undefined, sign?: Sign): void
  readonly _kex?: { readonly sessionID?: Buffer }
  readonly _authsQueue?: string[]
  readonly _packetRW?: {
    readonly write: { readonly allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer }
  }
  readonly _cipher?: { encrypt(packet: Buffer): void }
}

const SHOWN = Symbol('what the host is shown')

/**
 * A key that is presented to the host as something that ssh2 does not know: a certificate, or a security token's key.
 */
interface ShownKey extends ParsedKey {
  readonly [SHOWN]: { readonly blob: Buffer; readonly type: string }
}

/** `key`, presented to the host as `blob`. */
export const shownAs = (key: ParsedKey, blob: Buffer): ParsedKey =>
  Object.create(key, { [SHOWN]: { value: { blob, type: wireReader(blob).string().toString('latin1') } } })

const isShown = (key: ParsedKey): key is ShownKey => SHOWN in key

/** The hash of a signature algorithm that does not fix it (RFC 8332). */
const hashOf = (algorithm = ''): string | undefined =>
  ({ 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512', 'ssh-rsa': 'sha1' })[algorithm]

/** Converts two consecutive numbers from X.509's encoding to SSH's (RFC 5656 §3.1.2). */
function numbers(der: Buffer): Buffer {
  const long = der.readUInt8(1) > 127 ? 3 : 2
  const first = der.readUInt8(long + 1)
  const second = der.subarray(long + 2 + first)
  return Buffer.concat([wireString(der.subarray(long + 2, long + 2 + first)), wireString(second.subarray(2))])
}

/** A private key's signature in SSH's form. */
function signatureOf(key: ParsedKey, data: Buffer, algorithm: string | undefined): Buffer {
  const made = key.sign(data, hashOf(algorithm))
  if (made instanceof Error) throw made
  return Buffer.concat([
    wireString(algorithm ?? key.type),
    wireString(key.type.startsWith('ecdsa-') ? numbers(made) : made),
  ])
}

/** Creates messages that ssh2 cannot: logins with keys that it does not know (RFC 4252 §7). */
function shownAuth(
  protocol: Protocol,
): (user: string, key: ShownKey, algorithm: string | undefined, sign?: Sign) => void {
  const { _kex: kex, _authsQueue: queue, _packetRW: packets, _cipher: cipher } = protocol
  const send = (message: Buffer): void => {
    if (!queue || !packets || !cipher)
      throw new TransportError('protocol', 'this version of ssh2 cannot log in with certificates')
    const packet = packets.write.alloc(message.length)
    packet.set(message, packets.write.allocStart)
    queue.push('publickey')
    cipher.encrypt(packets.write.finalize(packet))
  }
  const request = (
    user: string,
    { blob, type }: ShownKey[typeof SHOWN],
    algorithm: string | undefined,
    signed: boolean,
  ): Buffer => {
    const cert = type.startsWith('ssh-rsa-cert-') && algorithm !== undefined ? type.replace('ssh-rsa', algorithm) : type
    const words = [wireString(user), wireString('ssh-connection'), wireString('publickey')]
    return Buffer.concat([
      Buffer.from([50]),
      ...words,
      Buffer.from([signed ? 1 : 0]),
      wireString(cert),
      wireString(blob),
    ])
  }
  return (user, key, algorithm, sign) => {
    const by: Sign | undefined =
      sign ?? (key.isPrivateKey() ? (data, done) => done(signatureOf(key, data, algorithm)) : undefined)
    if (!by) return send(request(user, key[SHOWN], algorithm, false))
    const message = request(user, key[SHOWN], algorithm, true)
    const session = kex?.sessionID ?? Buffer.alloc(0)
    by(Buffer.concat([wireString(session), message]), (signature) =>
      send(Buffer.concat([message, wireString(signature)])),
    )
  }
}

/**
 * Lets a client that is about to log in present certificates and security tokens' keys, and sign with a private key at
 * once. By itself, ssh2 first asks whether the host would accept the key, which costs a round trip and saves only a
 * signature. It still asks if an agent holds the key, because the user may have to agree to each signature. With a
 * version of ssh2 that has other internals, nothing changes.
 */
export function widenUserAuth(client: Client): void {
  const protocol: Protocol | undefined = Reflect.get(client, '_protocol')
  const send = protocol?.authPK?.bind(protocol)
  if (protocol === undefined || send === undefined) return
  protocol.authPK = (user, key, algorithm, sign) => {
    if (isShown(key)) return shownAuth(protocol)(user, key, algorithm, sign)
    if (sign !== undefined || !key.isPrivateKey()) return send(user, key, algorithm, sign)
    send(user, key, algorithm, (data, done) => {
      const signature = key.sign(data, hashOf(algorithm))
      if (signature instanceof Error) send(user, key, algorithm)
      else done(signature)
    })
  }
}
