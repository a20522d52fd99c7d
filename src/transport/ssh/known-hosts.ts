import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { said } from '../sentence.ts'
import { TransportError } from '../transport.ts'

/** One key of a known_hosts file. */
interface Entry {
  readonly file: string
  readonly line: number
  readonly revoked: boolean
  readonly patterns: string
  readonly type: string
  readonly key: Buffer
}

/** How OpenSSH shows a key: `SHA256:…`. */
export const fingerprint = (key: Buffer): string => `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** The type that a key in SSH's wire format names (RFC 4253 §6.6). */
export const keyType = (key: Buffer): string =>
  key.length < 4 ? 'unknown' : key.toString('latin1', 4, 4 + Math.min(key.readUInt32BE(0), 64))

/** Lines that are no entries are ignored, as OpenSSH does; so are certificate authorities, which ssh2 cannot check. */
function parseKnownHosts(text: string, file: string): Entry[] {
  return text.split('\n').flatMap((raw, i) => {
    const fields = raw.trim().split(/\s+/)
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined
    const [patterns, type, data] = fields
    if (!patterns || !type || !data || patterns.startsWith('#') || (marker !== undefined && marker !== '@revoked')) return []
    return [{ file, line: i + 1, revoked: marker === '@revoked', patterns, type, key: Buffer.from(data, 'base64') }]
  })
}

const hashed = (pattern: string, name: string): boolean => {
  const [, , salt = '', hash = ''] = pattern.split('|')
  const wanted = Buffer.from(hash, 'base64')
  const found = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

const wildcard = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    'i',
  ).test(name)

/** Does a list of patterns mean this name? One that is negated and fits forbids the whole line. */
export function matchesHost(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) return hashed(patterns, name.toLowerCase())
  const list = patterns.split(',')
  if (list.some((p) => p.startsWith('!') && wildcard(p.slice(1), name))) return false
  return list.some((p) => !p.startsWith('!') && wildcard(p, name))
}

/** What is known of one host's key. */
export interface HostKeys {
  /** Key types to ask the host for first, or it would show one that we do not know. */
  readonly types: readonly string[]
  /** @throws TransportError `host-key` unless the key is the host's. Answers `new` where it is unknown and may be taken on trust. */
  check(key: Buffer): 'known' | 'new'
}

/** Who is asked. */
export interface HostKeySources {
  /** `address:port`, for sentences. */
  readonly where: string
  /** The name in known_hosts: `host`, or `[host]:port`. */
  readonly knownAs: string
  readonly knownHostsFiles: readonly string[]
  readonly hostKey?: string
  readonly acceptNew: boolean
}

/** An absent file knows nobody; one that is there and cannot be read must not look like that. */
function readKnownHosts(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new TransportError('host-key', `${file} cannot be read: ${said(error)}`, { cause: error })
  }
}

const refuse = (sentence: string): never => {
  throw new TransportError('host-key', sentence)
}

/** Signature algorithms that a host's key of this type can be asked for with. */
const algorithms = (type: string): string[] => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type])

function pinned(text: string, where: string): HostKeys {
  const [type = '', data = ''] = text.trim().split(/\s+/)
  const wanted = Buffer.from(data, 'base64')
  if (wanted.length === 0 || keyType(wanted) !== type)
    refuse(`the hostKey pinned for ${where} is not a public key of the form "ssh-ed25519 AAAA…"`)
  return {
    types: algorithms(type),
    check: (key) =>
      key.equals(wanted)
        ? 'known'
        : refuse(
            `${where} shows the ${keyType(key)} key ${fingerprint(key)}, but ${type} ${fingerprint(wanted)} is pinned for it in the inventory (hostKey): another machine answers, or it was installed anew`,
          ),
  }
}

/** Reads what is known of a host: the pinned key alone, or the known_hosts files (those that exist). */
export function hostKeys(sources: HostKeySources): HostKeys {
  const { where, knownAs, acceptNew } = sources
  if (sources.hostKey !== undefined) return pinned(sources.hostKey, where)
  const entries = sources.knownHostsFiles.flatMap((file) => parseKnownHosts(readKnownHosts(file), file))
  const named = (name: string): Entry[] => entries.filter((entry) => !entry.revoked && matchesHost(entry.patterns, name))
  const mine = named(knownAs)
  const first = sources.knownHostsFiles[0] ?? 'known_hosts'
  // As OpenSSH does: a key known for the host on port 22 is good on any port of it.
  const plain = /^\[(.+)\]:\d+$/.exec(knownAs)?.[1]
  return {
    types: [...new Set((mine.length > 0 || plain === undefined ? mine : named(plain)).flatMap((entry) => algorithms(entry.type)))],
    check(key) {
      const shown = `the ${keyType(key)} key ${fingerprint(key)}`
      const revoked = entries.find(
        (entry) =>
          entry.revoked &&
          entry.key.equals(key) &&
          [knownAs, plain].some((name) => name !== undefined && matchesHost(entry.patterns, name)),
      )
      if (revoked) return refuse(`${where} shows ${shown}, which is revoked in ${revoked.file}:${revoked.line}: do not trust this machine`)
      if (mine.some((entry) => entry.key.equals(key))) return 'known'
      const other = mine.find((entry) => entry.type === keyType(key)) ?? mine[0]
      if (other)
        return refuse(
          `${where} shows ${shown}, but ${other.file}:${other.line} knows it by ${other.type} ${fingerprint(other.key)}: another machine answers, or it was installed anew (then: ssh-keygen -R '${knownAs}')`,
        )
      if (plain !== undefined && named(plain).some((entry) => entry.key.equals(key))) return 'known'
      if (acceptNew) return 'new'
      const port = /\]:(\d+)$/.exec(knownAs)?.[1]
      const scan = `ssh-keyscan ${port === undefined ? '' : `-p ${port} `}${plain ?? knownAs} >> ${first}`
      return refuse(
        `the host key of ${where} is not known; it shows ${shown}: compare that with the host's own, then run "${scan}", or pin it as hostKey in the inventory, or set hostKeyCheck to "accept-new"`,
      )
    },
  }
}

/**
 * Remembers a key that was taken on trust, as `accept-new` of OpenSSH does, in a file that only its owner reads and writes.
 * @throws TransportError `host-key` where it cannot: a key that is not remembered would be taken on trust every time.
 */
export function rememberHostKey(file: string, knownAs: string, key: Buffer): void {
  const before = readKnownHosts(file)
  const line = `${knownAs} ${keyType(key)} ${key.toString('base64')}\n`
  // Two hosts may be taken on trust at once, or one of them by two connections.
  if (before.includes(line)) return
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    appendFileSync(file, before === '' || before.endsWith('\n') ? line : `\n${line}`, { mode: 0o600 })
  } catch (error) {
    throw new TransportError('host-key', `the new host key could not be remembered in ${file}: ${said(error)}`, { cause: error })
  }
}
