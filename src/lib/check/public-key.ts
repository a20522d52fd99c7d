/**
 * Is this a whole public key of this type, as OpenSSH writes it? Its bytes are fields, each after four bytes for its
 * length; the first names the type. ssh and sshd ignore a key that was cut off when it was copied, without a word.
 */
export function isPublicKey(type: string, base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) return false
  const fields: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const from = at + 4
    if (from > bytes.length) return false
    at = from + bytes.readUInt32BE(at)
    if (at > bytes.length) return false
    fields.push(bytes.subarray(from, at))
  }
  const [name, ...rest] = fields
  return name?.toString('latin1') === type && rest.length > 0 && (type !== 'ssh-ed25519' || rest[0]?.length === 32)
}
