import { readFile } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import { codeOf, whyUnread } from '../../../lib/message.ts'
import { reveal } from '../../../shell/secret.ts'
import type { Ask } from '../../password.ts'
import { TransportError } from '../../transport.ts'
import { said } from '../../words.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { wireReader } from './wire.ts'

type Ssh2 = typeof import('ssh2')

/** Loads ssh2 only when needed, after dialling the host, because loading takes longer than a round trip. */
export const ssh2 = async (): Promise<Ssh2> => (await import('ssh2')).default

/** The key at a path: a private key, or the public half of one that an agent may hold. */
export interface KeyFile {
  readonly path: string
  /** Known without the passphrase for OpenSSH's own format, or from a `.pub` beside it. */
  readonly public: Buffer | undefined
  /** Its certificates: the file itself, or `-cert.pub` beside it. */
  readonly certificates: readonly Certificate[]
  readonly encrypted: boolean
  /** The file contains only the public half. */
  readonly publicOnly: boolean
  /** The private key; asks for its passphrase once per run. @throws TransportError `key` */
  unlock(): Promise<ParsedKey>
}

/** The first key of a parsed file. @throws Error */
export const first = (parsed: ParsedKey | ParsedKey[] | Error): ParsedKey => {
  if (parsed instanceof Error) throw parsed
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (!key) throw new Error('it holds no key')
  return key
}

/** The bytes of a public key or certificate in a one-line file; `undefined` for any other content. */
function publicLine(text: string): Buffer | undefined {
  const [type = '', data = ''] = text.trim().split(/\s+/)
  const blob = Buffer.from(data, 'base64')
  try {
    return wireReader(blob).string().toString('latin1') === type ? blob : undefined
  } catch {
    return undefined
  }
}

/** The public half, which OpenSSH's format stores unencrypted: magic, cipher, kdf, kdf options, count, public key. */
function publicHalf(pem: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(pem)?.[1]
  if (body === undefined) return undefined
  try {
    const reader = wireReader(Buffer.from(body, 'base64').subarray('openssh-key-v1\0'.length))
    for (let i = 0; i < 3; i++) reader.string()
    reader.number()
    const key = reader.string()
    return key.length > 0 ? key : undefined
  } catch {
    return undefined
  }
}

const encryptedText = (pem: string, error: Error | undefined): boolean =>
  /ENCRYPTED/.test(pem) || /encrypted|passphrase/i.test(error?.message ?? '')

const wrong = (path: string, why: string, cause?: unknown): TransportError =>
  new TransportError('key', `the key ${path} ${why}`, { cause })

/** A file's text; `undefined` if the file does not exist. @throws TransportError `key` */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw wrong(path, `cannot be read: ${whyUnread(error)}`, error)
  }
}

/** The certificate in a file; undefined if the file does not exist or contains something else. */
export async function readCertificate(path: string): Promise<Certificate | undefined> {
  const blob = publicLine((await readText(path).catch(() => undefined)) ?? '')
  return blob && parseCertificate(blob)
}

/** Asks for the passphrase. @throws TransportError `key` */
async function opened(path: string, pem: string, ask: Ask): Promise<ParsedKey> {
  const passphrase = await ask({ kind: 'passphrase', text: `Passphrase of ${path}` }).catch(() => undefined)
  if (passphrase === undefined)
    throw wrong(
      path,
      'is encrypted and no passphrase was given: add it to your agent (ssh-add), or run this at a terminal',
    )
  const key = (await ssh2()).utils.parseKey(pem, reveal(passphrase))
  if (key instanceof Error) throw wrong(path, 'could not be opened with the passphrase that was given')
  return first(key)
}

/** Accepts a public key or certificate in place of a private key. */
function publicOnly(path: string, blob: Buffer): KeyFile {
  const certificate = parseCertificate(blob)
  const unlock = async (): Promise<ParsedKey> => {
    throw wrong(path, 'is a public key: name the private one, or add that to your agent (ssh-add)')
  }
  const certificates = certificate ? [certificate] : []
  return { path, public: certificate?.public ?? blob, certificates, encrypted: false, publicOnly: true, unlock }
}

/** Reads the key at a path; `undefined` if neither it nor its public half exists. @throws TransportError `key` */
export async function readKeyFile(path: string, ask: Ask): Promise<KeyFile | undefined> {
  const pem = await readText(path)
  const beside = publicLine((await readText(`${path}.pub`).catch(() => undefined)) ?? '')
  const blob = pem === undefined ? beside : publicLine(pem)
  if (blob) return publicOnly(path, blob)
  if (pem === undefined) return undefined
  const parsed = (await ssh2()).utils.parseKey(pem)
  const encrypted = encryptedText(pem, parsed instanceof Error ? parsed : undefined)
  const unlock = async (): Promise<ParsedKey> => {
    if (encrypted) return opened(path, pem, ask)
    if (parsed instanceof Error) throw wrong(path, `is not a private key that can be used: ${said(parsed)}`, parsed)
    return first(parsed)
  }
  let opening: Promise<ParsedKey> | undefined
  const own = encrypted || parsed instanceof Error ? publicHalf(pem) : first(parsed).getPublicSSH()
  const certificate = await readCertificate(`${path}-cert.pub`)
  return {
    path,
    public: own ?? beside,
    certificates: certificate ? [certificate] : [],
    encrypted,
    publicOnly: false,
    unlock: () => (opening ??= unlock()),
  }
}
