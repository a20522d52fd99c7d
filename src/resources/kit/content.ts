import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { digestOfFile } from '../../lib/kept/digest.ts'
import type { Blob } from '../../shell/script.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import { type Fetched, fetched } from './fetch.ts'
import { asText, bytes, lines } from './text-diff.ts'

/** Bytes that shall lie on a host, in the form that their way there needs. */
export interface Content {
  /** Short text goes into the script; what is long or binary goes beforehand, as a blob, or is fetched by the host. */
  readonly word: string | Secret | { readonly blob: Blob } | { readonly url: Fetched }
  /** sha256, hex. Of a secret it is one, too: a short secret can be found from its digest. */
  readonly digest: string | Secret
  /** In bytes. */
  readonly size: number
}

/** Above this many bytes content is not put into a script, and a host's content is not sent back for a diff. */
export const MOST_INLINE = 65536

/** What a file may hold; `file`: what a file of this machine does; `url`: what the host fetches there. */
type Given =
  | string
  | Uint8Array
  | Secret
  | { readonly file: string }
  | { readonly url: string; readonly sha256: string }

/**
 * Prepares what a recipe gave as content. `secret`: it is one, also where it was not given as one. `what`: whose it is.
 * @throws TypeError where there is no such file on this machine, or a URL or its sum is none
 */
export function content(given: Given, secret: boolean, what: string): Content {
  if (typeof given === 'object' && 'file' in given) return contentOf(given.file, secret, what)
  if (typeof given !== 'object' || !('url' in given)) return prepared(bytesOf(given), secret)
  const url = fetched(what, given.url, { sha256: given.sha256 })
  return { word: { url }, digest: url.sum.hex, size: 0 }
}

/** How much it is, for people, or where it comes from. */
export function amount({ word, size }: Content): string {
  if (typeof word === 'string') return lines(word)
  return 'url' in word ? String(word.url.source) : bytes(size)
}

/** A large file is only read as it is sent. */
function contentOf(path: string, secret: boolean, what: string): Content {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile()) throw new TypeError(`${what}: there is no file ${path} on this machine`)
  const { size } = stat
  if (size <= MOST_INLINE) return prepared(readFileSync(path), secret)
  const sha256 = digestOfFile(path, 'sha256')
  return { word: { blob: { sha256, size, source: { path } } }, digest: secret ? new Secret(sha256) : sha256, size }
}

function bytesOf(given: string | Uint8Array | Secret): Uint8Array {
  return given instanceof Uint8Array
    ? Uint8Array.from(given)
    : Buffer.from(given instanceof Secret ? reveal(given) : given)
}

function prepared(data: Uint8Array, secret: boolean): Content {
  const sha256 = createHash('sha256').update(data).digest('hex')
  const hidden = (text: string) => (secret ? new Secret(text) : text)
  const text = data.length <= MOST_INLINE ? asText(data) : undefined
  const word = text === undefined ? { blob: { sha256, size: data.length, source: data } } : hidden(text)
  return { word, digest: hidden(sha256), size: data.length }
}

/** Does the host fetch it? */
export const isFetched = ({ word }: Pick<Content, 'word'>): boolean => typeof word === 'object' && 'url' in word

/** The digest itself. */
export const digestOf = ({ digest }: Content): string => (digest instanceof Secret ? reveal(digest) : digest)
