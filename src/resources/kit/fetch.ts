import { statSync } from 'node:fs'
import * as v from 'valibot'
import { digestOfFile } from '../../lib/kept/digest.ts'
import { type Blob, type Script, sh } from '../../shell/script.ts'
import { httpUrl, type Sum, sum } from './download.ts'
import { baseName } from './path.ts'

/** Where bytes come from: a URL, or a file of this machine. */
export const source = v.union(
  [v.string(), v.object({ file: v.string() })],
  ({ received }) => `must be a URL or { file }, not ${received}`,
)

const sumText = (bits: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.description(`The ${bits}: hex, or the line that the publisher provides. Give sha256 or sha512.`),
    ),
  )

/** What the bytes must be. */
export const sums = { sha256: sumText('sha256'), sha512: sumText('sha512') }

/** Bytes that a host gets from elsewhere, known by their sum. */
export interface Fetched {
  /** A URL that the host fetches, or a file that is sent from this machine. */
  readonly source: string | { readonly file: string; readonly size: number }
  readonly sum: Sum
}

/**
 * Checks where bytes come from, and their sum.
 * @throws TypeError where the URL or the sum is none, or there is no such file on this machine.
 */
export function fetched(
  what: string,
  source: string | { readonly file: string },
  given: { readonly sha256?: string | undefined; readonly sha512?: string | undefined },
): Fetched {
  const wanted = sum(what, given)
  return { source: typeof source === 'string' ? httpUrl(what, source) : local(what, source.file), sum: wanted }
}

function local(what: string, file: string): { readonly file: string; readonly size: number } {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (!stat?.isFile()) throw new TypeError(`${what}: there is no file ${JSON.stringify(file)} on this machine`)
  return { file, size: stat.size }
}

/** The last part of a source's name. */
export const fileName = (source: string | { readonly file: string }): string =>
  baseName(typeof source === 'string' ? decodeURIComponent(new URL(source).pathname) : `/${source.file}`)

/** Only reads the file where its publisher gives sha512: what is sent is known by its sha256. */
function blobOf({ file, size }: Exclude<Fetched['source'], string>, { algorithm, hex }: Fetched['sum']): Blob {
  return algorithm === 'sha256'
    ? { sha256: hex, size, source: { path: file } }
    : { sha256: digestOfFile(file, 'sha256'), sha512: hex, size, source: { path: file } }
}

/**
 * sh, after `downloadFunctions`, that sets `$fetched` to the path of the bytes, or gives up in one sentence. Where they
 * were downloaded, `$download` is that path, too: remove it when the bytes have been used, and not before, so that a
 * killed run need not fetch them again.
 */
export function fetch(from: Fetched): Script {
  const { source, sum: wanted } = from
  if (typeof source === 'string')
    return sh`
      download ${source} ${wanted.algorithm} ${wanted.hex}
      fetched=$download`
  // a blob is what its name, its sha256, says
  const blob = sh`fetched=${{ blob: blobOf(source, wanted) }}`
  if (wanted.algorithm === 'sha256') return blob
  return sh`
    ${blob}
    check_sum ${wanted.algorithm} ${wanted.hex} "$fetched" || give_up ${`${source.file} is not what is wanted: its ${wanted.algorithm} is another`}`
}
