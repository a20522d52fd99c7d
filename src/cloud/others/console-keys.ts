const BEGIN = '-----BEGIN SSH HOST KEY KEYS-----'
const END = '-----END SSH HOST KEY KEYS-----'

/** The kinds of host keys in order of preference, with the size in bytes of those of fixed size. */
const KINDS: readonly (readonly [kind: string, bytes?: number])[] = [
  ['ssh-ed25519', 51],
  ['ecdsa-sha2-nistp256', 104],
  ['ssh-rsa'],
]

/** Is it a complete key of that kind? A console may cut a line, or insert another one into it. */
function isWhole(kind: string, base64: string, bytes?: number): boolean {
  const blob = Buffer.from(base64, 'base64')
  if (blob.toString('base64') !== base64 || (bytes !== undefined && blob.length !== bytes)) return false
  let at = 0
  const fields: Buffer[] = []
  while (at + 4 <= blob.length) {
    const size = blob.readUInt32BE(at)
    fields.push(blob.subarray(at + 4, at + 4 + size))
    at += 4 + size
  }
  return at === blob.length && fields.length > 1 && fields[0]?.toString() === kind
}

/** The distinct host keys of one kind in a text. */
function keysOf(text: string, [kind, bytes]: (typeof KINDS)[number]): readonly string[] {
  const found = [...text.matchAll(new RegExp(`(?<![\\w-])${kind} ([A-Za-z0-9+/]+={0,2})`, 'g'))]
  return [...new Set(found.flatMap(([, key = '']) => (isWhole(kind, key, bytes) ? [`${kind} ${key}`] : [])))]
}

/**
 * The host key that cloud-init printed to a console, from the last complete block. Undefined if there is none, or
 * several that contradict each other.
 */
export function hostKeyIn(lines: readonly string[]): string | undefined {
  const text = lines.join('\n')
  const end = text.lastIndexOf(END)
  const begin = end < 0 ? -1 : text.lastIndexOf(BEGIN, end)
  if (begin < 0) return undefined
  const block = text.slice(begin + BEGIN.length, end)
  const kinds = KINDS.map((kind) => keysOf(block, kind))
  const [key, ...others] = kinds.find((keys) => keys.length > 0) ?? []
  return others.length > 0 ? undefined : key
}

/** The host key in a tag, if it contains one. */
export function hostKeyOf(tag: string | undefined): string | undefined {
  const keys = KINDS.flatMap((kind) => keysOf(tag ?? '', kind))
  return keys.length === 1 ? keys[0] : undefined
}
