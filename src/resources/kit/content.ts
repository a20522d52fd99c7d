import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { types } from 'node:util'
import { digestOfFile } from '../../lib/kept/digest.ts'
import type { Blob } from '../../shell/script.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import { type Fetched, fetched, sizeHere } from './fetch.ts'
import { asText, bytes, lines } from './text-diff.ts'

/** Bytes that a host should hold, in the form in which they travel. */
export interface Content {
  /** Short text goes into the script; long or binary content is sent as a blob beforehand, or the host fetches it. */
  readonly word: string | Secret | { readonly blob: Blob } | { readonly url: Fetched }
  /** sha256, hex. The digest of a secret is a secret, too: a short secret can be guessed from it. */
  readonly digest: string | Secret
  /** In bytes. */
  readonly size: number
}

/** Content larger than this many bytes is not put into a script, nor is a host's content sent back for a diff. */
export const MOST_INLINE = 65536

/**
 * What a recipe gives as a file's content; `file`: the path of a file on this machine; `url`: where the host fetches
 * it.
 */
type Given =
  | string
  | Uint8Array
  | Secret
  | { readonly file: string }
  | { readonly url: string; readonly sha256: string }

/**
 * Prepares the content that a recipe gives. `secret`: treat it as a secret even if it is not a Secret. `what`: the
 * resource, for messages.
 * @throws TypeError if this machine has no such file, or the URL or its checksum is invalid
 */
export function content(given: Given, secret: boolean, what: string): Content {
  if (typeof given === 'object' && 'file' in given) return contentOf(given.file, secret, what)
  if (typeof given !== 'object' || !('url' in given)) return prepared(bytesOf(given), secret)
  const url = fetched(what, given.url, { sha256: given.sha256 })
  return { word: { url }, digest: url.sum.hex, size: 0 }
}

/** The size of the content, or its source, for users. */
export function amount({ word, size }: Content): string {
  if (typeof word === 'string') return lines(word)
  return 'url' in word ? String(word.url.source) : bytes(size)
}

/** A large file is read only when it is sent. */
function contentOf(path: string, secret: boolean, what: string): Content {
  const size = sizeHere(path, path, what)
  if (size <= MOST_INLINE) return prepared(readFileSync(path), secret)
  const sha256 = digestOfFile(path, 'sha256')
  return { word: { blob: { sha256, size, source: { path } } }, digest: secret ? new Secret(sha256) : sha256, size }
}

function bytesOf(given: string | Uint8Array | Secret): Uint8Array {
  return types.isUint8Array(given)
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

/** The digest as plain text. */
export const digestOf = ({ digest }: Content): string => (digest instanceof Secret ? reveal(digest) : digest)
