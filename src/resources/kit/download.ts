import { awakeFunction } from '../../shell/awake.ts'
import { giveUp } from '../../shell/give-up.ts'
import { STATE_DIR } from '../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'

/** The digest that identifies the wanted bytes. */
export interface Sum {
  readonly algorithm: 'sha256' | 'sha512'
  /** Hex, lower case. */
  readonly hex: string
}

/** The folder for unfinished downloads; on disk, because `/run` is small. */
export const DOWNLOAD_DIR = `${STATE_DIR}/download`

const DIGITS = { sha256: 64, sha512: 128 } as const

/**
 * Reads a digest in any form that publishers use: bare hex, `HEX  FILE` (coreutils), `SHA256 (FILE) = HEX` (BSD,
 * openssl), or `FILE: AB CD …` over several lines (gpg).
 * @throws TypeError if the digest is invalid, or not exactly one is given.
 */
export function sum(
  what: string,
  given: { readonly sha256?: string | undefined; readonly sha512?: string | undefined },
): Sum {
  const { sha256, sha512 } = given
  if ((sha256 === undefined) === (sha512 === undefined)) throw new TypeError(`${what}: give either sha256 or sha512`)
  const algorithm = sha256 === undefined ? 'sha512' : 'sha256'
  const text = (sha256 ?? sha512 ?? '').trim()
  const digits = DIGITS[algorithm]
  const listed = [...text.matchAll(new RegExp(`^\\\\?([0-9a-f]{${digits}})(?=\\s|$)`, 'gim'))].map(
    ([, hex = '']) => hex,
  )
  const several = new Set(listed).size
  if (several > 1) throw new TypeError(`${what}: ${algorithm} lists ${several} files: give the line of this one`)
  const [first] = listed
  const spread = text.slice(Math.max(text.lastIndexOf(':'), text.lastIndexOf('=')) + 1).replace(/\s/g, '')
  const hex = first ?? (new RegExp(`^[0-9a-f]{${digits}}$`, 'i').test(spread) ? spread : undefined)
  if (hex === undefined) throw new TypeError(`${what}: ${algorithm} is not ${digits} hexadecimal digits`)
  return { algorithm, hex: hex.toLowerCase() }
}

/**
 * Checks a URL for the host's curl to fetch.
 * @throws TypeError if it is invalid, or contains a password, which `ps` would show on the host.
 */
export function httpUrl(what: string, text: string): string {
  // the URL parser ignores line breaks, but curl does not
  const url = URL.canParse(text) && !/[\x00-\x20\x7f]/.test(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new TypeError(`${what}: ${JSON.stringify(text)} is not an http or https URL`)
  if (url.username !== '' || url.password !== '')
    throw new TypeError(`${what}: the URL contains a login, which everybody on the host could read`)
  return text
}

/**
 * sh functions. `download URL ALGORITHM HEX` fetches to `$download`, resumes an earlier try, and fails with one
 * sentence unless the bytes match; it cuts a silent link and tries once more. `check_sum ALGORITHM HEX FILE` compares.
 */
export const downloadFunctions: Script = join([
  giveUp,
  awakeFunction(),
  sh`downloads=${DOWNLOAD_DIR} download=`,
  shFile(import.meta.url, './download.sh'),
])
