import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolders } from '../../lib/kept/folders.ts'
import { codeOf, whyUnread } from '../../lib/message.ts'
import { TransportError } from '../transport.ts'
import { said } from '../words.ts'

/** One key in a known_hosts file: a host's, a revoked one, or one that certifies host keys. */
export interface Entry {
  readonly file: string
  readonly line: number
  readonly kind: 'host' | 'revoked' | 'authority'
  readonly patterns: string
  readonly type: string
  readonly key: Buffer
}

/** A key in OpenSSH's notation: `SHA256:…`. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** The type that a key in SSH's wire format names (RFC 4253 §6.6). */
export const keyType = (key: Buffer): string =>
  key.length < 4 ? 'unknown' : key.toString('latin1', 4, 4 + Math.min(key.readUInt32BE(0), 64))

const KINDS: Readonly<Record<string, Entry['kind']>> = {
  '': 'host',
  '@revoked': 'revoked',
  '@cert-authority': 'authority',
}

/** Parses a known_hosts file. Lines that are not entries are ignored, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): Entry[] {
  return text.split('\n').flatMap((raw, i) => {
    const fields = raw.trim().split(/\s+/)
    const marker = fields[0]?.startsWith('@') ? fields.shift() : ''
    const kind = KINDS[marker ?? '']
    const [patterns, type, data] = fields
    if (!patterns || !type || !data || patterns.startsWith('#') || kind === undefined) return []
    const key = Buffer.from(data, 'base64')
    return keyType(key) === type ? [{ file, line: i + 1, kind, patterns, type, key }] : []
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

/** Whether a list of patterns matches a name. A negated pattern that matches rules the whole line out. */
export function matchesHost(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) return hashed(patterns, name.toLowerCase())
  const list = patterns.split(',')
  if (list.some((p) => p.startsWith('!') && wildcard(p.slice(1), name))) return false
  return list.some((p) => !p.startsWith('!') && wildcard(p, name))
}

/** What is known about one host's key. */
export interface HostKeys {
  /** Key types to request first; otherwise the host might present one that is unknown. */
  readonly types: readonly string[]
  /**
   * Returns `new` if the key is unknown and may be trusted on first use. @throws TransportError `host-key` unless the
   * key is the host's.
   */
  check(key: Buffer): 'known' | 'new'
}

/** What is needed to look up a host. */
export interface HostKeySources {
  /** `address:port`, for messages. */
  readonly where: string
  /** The name in known_hosts: `host`, or `[host]:port`. */
  readonly knownAs: string
  readonly knownHostsFiles: readonly string[]
  readonly hostKey?: string
  readonly acceptNew: boolean
  /** Settings about host keys in the user's config that this program does not follow. */
  readonly hostKeyRemarks?: readonly string[]
}

/** A missing file contains no keys; an unreadable one must not look the same. */
function readKnownHosts(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw new TransportError('host-key', `${file} cannot be read: ${whyUnread(error)}`, { cause: error })
  }
}

const refuse = (sentence: string): never => {
  throw new TransportError('host-key', sentence)
}

/**
 * Signature algorithms with which a host's key can be requested, by its type. ssh2 cannot verify keys of other types
 * (of tokens, say).
 */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
}
const algorithms = (type: string): readonly string[] => ALGORITHMS[type] ?? []

function pinned(text: string, where: string): HostKeys {
  const [type = '', data = ''] = text.trim().split(/\s+/)
  const wanted = Buffer.from(data, 'base64')
  if (wanted.length === 0 || keyType(wanted) !== type)
    refuse(`the hostKey pinned for ${where} is not a public key of the form "ssh-ed25519 AAAA…"`)
  if (ALGORITHMS[type] === undefined)
    refuse(
      `the hostKey pinned for ${where} is of the type ${type}, which cannot be checked here: pin another of its keys`,
    )
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

/** Everything that is known about one host. */
class KnownHost implements HostKeys {
  readonly #sources: HostKeySources
  readonly #entries: readonly Entry[]
  readonly #mine: readonly Entry[]
  /** As in OpenSSH, a key known for the host on port 22 is valid on all of its ports. */
  readonly #plain: string | undefined

  constructor(sources: HostKeySources) {
    this.#sources = sources
    this.#entries = sources.knownHostsFiles.flatMap((file) => parseKnownHosts(readKnownHosts(file), file))
    this.#plain = /^\[(.+)\]:\d+$/.exec(sources.knownAs)?.[1]
    // An entry whose type cannot be requested says nothing about the others.
    this.#mine = this.#named(sources.knownAs).filter(({ type }) => ALGORITHMS[type])
  }

  #named(name: string, kind: Entry['kind'] = 'host'): Entry[] {
    return this.#entries.filter((entry) => entry.kind === kind && matchesHost(entry.patterns, name))
  }

  #either(kind: Entry['kind']): Entry[] {
    return [this.#sources.knownAs, this.#plain].flatMap((name) => (name === undefined ? [] : this.#named(name, kind)))
  }

  get types(): readonly string[] {
    const known = this.#mine.length > 0 || this.#plain === undefined ? this.#mine : this.#named(this.#plain)
    return [...new Set(known.flatMap((entry) => algorithms(entry.type)))]
  }

  check(key: Buffer): 'known' | 'new' {
    const { where, acceptNew, knownAs } = this.#sources
    const shown = `the ${keyType(key)} key ${fingerprint(key)}`
    const revoked = this.#either('revoked').find((entry) => entry.key.equals(key))
    if (revoked)
      return refuse(
        `${where} shows ${shown}, which is revoked in ${revoked.file}:${revoked.line}: do not trust this machine`,
      )
    if (this.#mine.some((entry) => entry.key.equals(key))) return 'known'
    const other = this.#mine.find((entry) => entry.type === keyType(key)) ?? this.#mine[0]
    if (other)
      return refuse(
        `${where} shows ${shown}, but ${other.file}:${other.line} knows it by ${other.type} ${fingerprint(other.key)}: another machine answers, or it was reinstalled (then: ssh-keygen -R '${knownAs}')`,
      )
    if (this.#plain !== undefined && this.#named(this.#plain).some((entry) => entry.key.equals(key))) return 'known'
    const [authority] = this.#either('authority')
    if (authority)
      return refuse(
        `the host key of ${where} is certified by an authority (@cert-authority in ${authority.file}:${authority.line}), which cannot be checked here; it shows ${shown}: pin that as hostKey in the inventory, or add it to known_hosts (ssh-keyscan), once you have compared it`,
      )
    return acceptNew ? 'new' : this.#unknown(shown)
  }

  #unknown(shown: string): never {
    const { where, knownAs, knownHostsFiles, hostKeyRemarks = [] } = this.#sources
    const port = /\]:(\d+)$/.exec(knownAs)?.[1]
    const scan = `ssh-keyscan ${port === undefined ? '' : `-p ${port} `}${this.#plain ?? knownAs} >> ${knownHostsFiles[0] ?? 'known_hosts'}`
    const remarks = hostKeyRemarks.length > 0 ? ` (${hostKeyRemarks.join('; ')})` : ''
    return refuse(
      `the host key of ${where} is not known; it shows ${shown}${remarks}: compare that with the host's own, then run "${scan}", or pin it as hostKey in the inventory, or set hostKeyCheck to "accept-new"`,
    )
  }
}

/** Reads what is known about a host: only the pinned key, or the known_hosts files that exist. */
export const hostKeys = (sources: HostKeySources): HostKeys =>
  sources.hostKey === undefined ? new KnownHost(sources) : pinned(sources.hostKey, sources.where)

/**
 * Stores a key that was trusted on first use, like OpenSSH's `accept-new`, in a file that only its owner can read and
 * write.
 * @throws TransportError `host-key` if it cannot: without storing it, the program would trust any key every time.
 */
export function rememberHostKey(file: string, knownAs: string, key: Buffer): void {
  const before = readKnownHosts(file)
  const line = `${knownAs} ${keyType(key)} ${key.toString('base64')}\n`
  // Two hosts may be trusted at the same time, or one host by two connections.
  if (before.includes(line)) return
  try {
    makeFolders(dirname(file), 0o700)
    appendFileSync(file, before === '' || before.endsWith('\n') ? line : `\n${line}`, { mode: 0o600 })
  } catch (error) {
    throw new TransportError('host-key', `the new host key could not be recorded in ${file}: ${said(error)}`, {
      cause: error,
    })
  }
}
