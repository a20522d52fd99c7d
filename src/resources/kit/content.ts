import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { digestOfFile } from '../../lib/kept/digest.ts'
import type { Blob } from '../../shell/script.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import { asText } from './text-diff.ts'

/** Bytes that shall lie on a host, in the form that their way there needs. */
export interface Content {
  /** Short text goes into the script; what is long or binary goes beforehand, as a blob. */
  readonly word: string | Secret | { readonly blob: Blob }
  /** sha256, hex. Of a secret it is one, too: a short secret can be found from its digest. */
  readonly digest: string | Secret
  /** In bytes. */
  readonly size: number
}

/** Above this many bytes content is not put into a script, and a host's content is not sent back for a diff. */
export const MOST_INLINE = 65536

/** What a file may hold; `file`: what a file of this machine does. */
type Given = string | Uint8Array | Secret | { readonly file: string }

/**
 * Prepares what a recipe gave as content. `secret`: it is one, also where it was not given as one. `what`: whose it is.
 * @throws TypeError where there is no such file on this machine
 */
export function content(given: Given, secret: boolean, what: string): Content {
  const isFile = typeof given === 'object' && 'file' in given
  return isFile ? contentOf(given.file, secret, what) : prepared(bytesOf(given), secret)
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

/** The digest itself. */
export const digestOf = ({ digest }: Content): string => (digest instanceof Secret ? reveal(digest) : digest)
