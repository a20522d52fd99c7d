import { STATE_DIR } from '../../shell/paths.ts'
import { type Script, sh } from '../../shell/script.ts'
import { giveUp } from './give-up.ts'

/** What bytes must be, by their digest. */
export interface Sum {
  readonly algorithm: 'sha256' | 'sha512'
  /** Hex, lower case. */
  readonly hex: string
}

/** Where unfinished downloads wait: on disk, because `/run` is small. */
export const DOWNLOAD_DIR = `${STATE_DIR}/download`

const DIGITS = { sha256: 64, sha512: 128 } as const

/**
 * Reads a digest as publishers write it: bare hex, `HEX  FILE` (coreutils), or `FILE: AB CD …` over several lines
 * (gpg).
 * @throws TypeError where there is no such digest, or not exactly one is given.
 */
export function sum(
  what: string,
  given: { readonly sha256?: string | undefined; readonly sha512?: string | undefined },
): Sum {
  const { sha256, sha512 } = given
  if ((sha256 === undefined) === (sha512 === undefined))
    throw new TypeError(`${what}: give sha256 or sha512, one of them`)
  const algorithm = sha256 === undefined ? 'sha512' : 'sha256'
  const text = ((sha256 ?? sha512) as string).trim()
  const digits = DIGITS[algorithm]
  const first = new RegExp(`^[0-9a-f]{${digits}}(?=\\s|$)`, 'i').exec(text)?.[0]
  const spread = text.slice(text.lastIndexOf(':') + 1).replace(/\s/g, '')
  const hex = first ?? (new RegExp(`^[0-9a-f]{${digits}}$`, 'i').test(spread) ? spread : undefined)
  if (hex === undefined) throw new TypeError(`${what}: ${algorithm} is not ${digits} hexadecimal digits`)
  return { algorithm, hex: hex.toLowerCase() }
}

/**
 * Checks a URL that the host's curl shall fetch.
 * @throws TypeError where it is none, or holds a password: that would stand in `ps` on the host.
 */
export function httpUrl(what: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new TypeError(`${what}: ${JSON.stringify(text)} is not an http or https URL`)
  if (url.username !== '' || url.password !== '')
    throw new TypeError(`${what}: the URL holds a login, which everybody on the host could read`)
  return text
}

/**
 * sh functions. `download URL ALGORITHM HEX` fetches to `$download`, goes on where an earlier try ended, and fails in
 * one sentence unless the bytes are the wanted ones. `check_sum ALGORITHM HEX FILE` compares.
 */
export const downloadFunctions: Script = sh`
  download=
  ${giveUp}
  check_sum() { printf '%s  %s\n' "$2" "$3" | "\${1}sum" -c --status - 2>/dev/null; }
  download() {
    download=${DOWNLOAD_DIR}/$3
    mkdir -p -m 0700 ${STATE_DIR} ${DOWNLOAD_DIR}
    ! check_sum "$2" "$3" "$download" || return 0
    command -v curl >/dev/null || give_up "$1 cannot be fetched: the host has no curl; list the package curl before"
    # the rest of an earlier try first; from the start where the server cannot do that, or the sum says that it is no good
    if [ -s "$download" ] && fetch "$1" -C - && check_sum "$2" "$3" "$download"; then return 0; fi
    rm -f "$download"
    fetch "$1" || give_up "$1 cannot be fetched: $(tail -n 1 "$download.curl")"
    check_sum "$2" "$3" "$download" || {
      is=$("\${2}sum" "$download" | cut -d ' ' -f 1)
      rm -f "$download"
      give_up "$1 is not what is wanted: its $2 is $is, not $3"
    }
  }
  # only a silent link is given up, not a slow one
  fetch() {
    url=$1; shift
    status=0
    curl -q -fsSL --retry 3 --retry-connrefused --connect-timeout 20 --speed-limit 1 --speed-time 60 "$@" -o "$download" -- "$url" 2>"$download.curl" || status=$?
    [ "$status" != 0 ] || rm -f "$download.curl"
    return "$status"
  }`
