import { isIP } from 'node:net'
import { ADDRESS, HOST_NAME } from '../../inventory/schema.ts'
import { present } from '../../lib/compact.ts'
import { UsageError } from '../usage-error.ts'

/** A host as a new user types it: `web-1=admin@10.0.0.4:2222`. */
export interface NewHost {
  readonly name: string
  readonly address: string
  readonly user?: string
  readonly port?: number
}

const USER = /^[A-Za-z0-9_][^\s@:/]*$/
/** `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]:PORT`; an IPv6 address without brackets is recognised earlier. */
const PLACE = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/

const withoutPort = (word: string): string => word.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')

/** Must a word be a host, even if it could be a folder? */
export const isHost = (word: string): boolean =>
  !word.includes('/') && (/[@=]/.test(word) || isIP(word) > 0 || isIP(withoutPort(word)) > 0)

const wrong = (word: string, why: string): UsageError =>
  new UsageError(`"${word}" is not a host: ${why}; write admin@10.0.0.4, or web-1=10.0.0.4 to name it`)

/** Splits a word into its parts. @throws UsageError */
function cut(word: string): Omit<NewHost, 'name'> & { readonly name: string | undefined } {
  const [, name, login] = /^(?:([^=]*)=)?(.*)$/s.exec(word) as unknown as [string, string | undefined, string]
  if (name !== undefined && !HOST_NAME.test(name))
    throw wrong(word, `"${name}" is not a name made of lower-case letters, digits and dashes`)
  const at = login.lastIndexOf('@')
  const user = at < 0 ? undefined : login.slice(0, at)
  if (user !== undefined && !USER.test(user)) throw wrong(word, `"${user}" is not a user name`)
  const place = login.slice(at + 1)
  const [, bracketed, plain, digits] = isIP(place) === 6 ? ['', place] : (PLACE.exec(place) ?? [])
  const address = bracketed || plain || ''
  if (!ADDRESS.test(address)) throw wrong(word, `"${place}" is neither an IP address nor a name`)
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65_535)) throw wrong(word, `${digits} is not a port`)
  return { name, address, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) }
}

/** A host's own name: the first label of its DNS name. */
function ownName(address: string): string | undefined {
  const label = isIP(address) > 0 ? '' : present(address.split('.')[0]).toLowerCase()
  return HOST_NAME.test(label) ? label : undefined
}

/**
 * Parses words as hosts. Pure.
 * @param called the name of an unnamed host, by its index
 * @param given whether a host with a DNS name as its address takes its name from it
 * @throws UsageError: one sentence about the first word that is not a host
 */
export function hostsOf(
  words: readonly string[],
  called: (index: number) => string,
  given: boolean,
): readonly NewHost[] {
  const parts = words.map(cut)
  const taken = new Map<string, string>()
  const places = new Map<string, string>()
  return parts.map((part, i) => {
    const word = present(words[i])
    const name = part.name ?? (given ? ownName(part.address) : undefined) ?? called(i)
    const other = taken.get(name)
    if (other !== undefined) throw new UsageError(`"${other}" and "${word}" would both be named ${name}: write NAME=…`)
    taken.set(name, word)
    const place = `${part.address} ${part.port ?? 22}`
    const same = places.get(place)
    if (same !== undefined) throw new UsageError(`"${same}" and "${word}" are the same host`)
    places.set(place, word)
    return { ...part, name }
  })
}
