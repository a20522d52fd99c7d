import { accessSync, constants, statSync } from 'node:fs'
import * as v from 'valibot'
import { mustBe } from '../../lib/check/kinds.ts'
import { digestOfFile } from '../../lib/kept/digest.ts'
import { codeOf, whyUnread } from '../../lib/message.ts'
import { type Blob, type Script, sh } from '../../shell/script.ts'
import { httpUrl, type Sum, sum } from './download.ts'
import { baseName } from './path.ts'

/** The source of bytes: a URL, or a file on this machine. */
export const source = v.union([v.string(), v.object({ file: v.string() })], mustBe('a URL or { file }'))

const sumText = (bits: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.description(`The ${bits}: hex, or the line that the publisher provides. Give sha256 or sha512.`),
    ),
  )

/** The digest that the bytes must have. */
export const sums = { sha256: sumText('sha256'), sha512: sumText('sha512') }

/** Bytes that a host gets from elsewhere, identified by their digest. */
export interface Fetched {
  /** A URL that the host fetches, or a file that this machine sends. */
  readonly source: string | { readonly file: string; readonly size: number }
  readonly sum: Sum
}

/**
 * Checks a source of bytes and their digest.
 * @throws TypeError if the URL or the digest is invalid, or this machine has no such file.
 */
export function fetched(
  what: string,
  source: string | { readonly file: string },
  given: { readonly sha256?: string | undefined; readonly sha512?: string | undefined },
): Fetched {
  const wanted = sum(what, given)
  return { source: typeof source === 'string' ? httpUrl(what, source) : local(what, source.file), sum: wanted }
}

/** The bytes of a file on this machine. @throws TypeError: one sentence, if it cannot be read */
export function sizeHere(path: string, shown: string, what: string): number {
  try {
    accessSync(path, constants.R_OK)
    const stat = statSync(path)
    if (stat.isFile()) return stat.size
  } catch (error) {
    if (codeOf(error) !== 'ENOENT')
      throw new TypeError(`${what}: ${shown} on this machine cannot be read: ${whyUnread(error)}`, { cause: error })
  }
  throw new TypeError(`${what}: there is no file ${shown} on this machine`)
}

const local = (what: string, file: string): { readonly file: string; readonly size: number } => ({
  file,
  size: sizeHere(file, JSON.stringify(file), what),
})

/** The last part of a source's name. */
export const fileName = (source: string | { readonly file: string }): string =>
  baseName(typeof source === 'string' ? decoded(new URL(source).pathname) : `/${source.file}`)

/** A path of a URL as it is meant; one that is not well encoded, as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Reads the file only if its publisher gives sha512, because blobs are identified by their sha256. */
function blobOf({ file, size }: Exclude<Fetched['source'], string>, { algorithm, hex }: Fetched['sum']): Blob {
  return algorithm === 'sha256'
    ? { sha256: hex, size, source: { path: file } }
    : { sha256: digestOfFile(file, 'sha256'), sha512: hex, size, source: { path: file } }
}

/**
 * sh, to be used after `downloadFunctions`, that sets `$fetched` to the path of the bytes, or gives up with one
 * sentence. If they were downloaded, `$download` is the same path. Remove it only after using the bytes, so that a run
 * that was killed need not download them again.
 */
export function fetch(from: Fetched): Script {
  const { source, sum: wanted } = from
  if (typeof source === 'string')
    return sh`
      download ${source} ${wanted.algorithm} ${wanted.hex}
      fetched=$download`
  // the name of a blob is its sha256
  const blob = sh`fetched=${{ blob: blobOf(source, wanted) }}`
  if (wanted.algorithm === 'sha256') return blob
  return sh`
    ${blob}
    check_sum ${wanted.algorithm} ${wanted.hex} "$fetched" || give_up ${`${source.file} is not what is wanted: its ${wanted.algorithm} is another`}`
}
