import { createHash } from 'node:crypto'
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

/** Prepares what a recipe gave as content. `secret`: it is one, also where it was not given as one. */
export function content(given: string | Uint8Array | Secret, secret: boolean = given instanceof Secret): Content {
  const data =
    given instanceof Uint8Array ? Uint8Array.from(given) : Buffer.from(given instanceof Secret ? reveal(given) : given)
  const sha256 = createHash('sha256').update(data).digest('hex')
  const hidden = (text: string) => (secret ? new Secret(text) : text)
  const text = data.length <= MOST_INLINE ? asText(data) : undefined
  const word = text === undefined ? { blob: { sha256, size: data.length, source: data } } : hidden(text)
  return { word, digest: hidden(sha256), size: data.length }
}

/** The digest itself. */
export const digestOf = ({ digest }: Content): string => (digest instanceof Secret ? reveal(digest) : digest)
