import type { Client, ParsedKey } from 'ssh2'

type Sign = (data: Buffer, send: (signature: Buffer) => void) => void

/** The one method of ssh2's inner parts that is used here. Without `sign` it asks whether the host would take the key. */
interface Protocol {
  authPK?(user: string, key: ParsedKey, algorithm: string | undefined, sign?: Sign): void
}

/** The hash of a signature algorithm that leaves it open (RFC 8332). */
const hashOf = (algorithm = ''): string | undefined =>
  ({ 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512', 'ssh-rsa': 'sha1' })[algorithm]

/**
 * Lets a client that is about to log in sign with a private key at once. By itself ssh2 asks first whether the host would take the key, which costs a round
 * trip and spares nothing but a signature. It still asks where an agent holds the key, which may want a person's consent for each signature. A version of
 * ssh2 that is made differently goes on asking.
 */
export function signAtOnce(client: Client): void {
  const protocol = (client as unknown as { readonly _protocol?: Protocol })._protocol
  const send = protocol?.authPK?.bind(protocol)
  if (protocol === undefined || send === undefined) return
  protocol.authPK = (user, key, algorithm, sign) => {
    if (sign !== undefined || !key.isPrivateKey()) return send(user, key, algorithm, sign)
    send(user, key, algorithm, (data, done) => {
      const signature = key.sign(data, hashOf(algorithm))
      if (signature instanceof Error) send(user, key, algorithm)
      else done(signature)
    })
  }
}
