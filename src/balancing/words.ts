import { domainToASCII } from 'node:url'

/** The length of the longest value that Consul accepts in a service's Meta. */
export const MOST = 512

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
const HOST = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*$`)
/** The path at which a HAProxy reports its own health. */
const HEALTH = '/haproxy-health'
/** Paths that need no quotes in HAProxy's configuration. */
const PATH = /^\/[A-Za-z0-9._~!&=:@%/?+,-]*$/

/**
 * A name that Consul's DNS, consul-template and HAProxy accept. It has no dots, because in Consul's DNS a dot separates
 * a tag from a name.
 */
export const serviceName = (text: string): string => text.replace(/^\/+/, '').replace(/[^A-Za-z0-9_-]/g, '-')

/** Are two names the same service? Consul ignores case: it answers for either with the instances of both. */
export const isSameService = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** A path as clients and Mesos' checks ask for it: without `.` and `..`, and without what these undo. */
function asked(path: string): string {
  const { pathname, search } = new URL(`http://host${path}`)
  return pathname + search
}

/** Bytes as clients write them: in capitals, and letters, digits and `-._~` as themselves. */
const usualBytes = (path: string): string =>
  path.replace(/%../g, (byte) => {
    const character = String.fromCharCode(Number.parseInt(byte.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : byte.toUpperCase()
  })

/** Why HAProxy, which compares and asks for paths as they are written, would miss what is meant by one. */
function unusual(path: string, prefix: boolean): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(path)) return `"${path}": "%" begins a byte, as in "%20", and "%25" is the sign itself.`
  const usual = prefix ? usualBytes(asked(path)) : asked(path)
  if (usual !== path) return `"${path}" is asked for as "${usual}": write that.`
  if (prefix && path.includes('//'))
    return `"${path}" has nothing between two slashes: write "${path.replace(/\/+/g, '/')}".`
  return undefined
}

/** Why HAProxy cannot use a text as a path. @param prefix it is a prefix of the requests' paths */
export function pathMistake(text: string, prefix: boolean): string | undefined {
  if (text.length > MOST) return `is longer than ${MOST} characters.`
  const url = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\/\S*)?$/i.exec(text)
  if (url) return `"${text}" is a URL: write the path alone, "${url[1] ?? '/'}".`
  if (/^[A-Za-z0-9]/.test(text)) return `"${text}" does not begin with a slash: write "/${text}".`
  if (prefix && /[\s,;|]+\//.test(text))
    return `"${text}" is more than one path, and an app has one: write what all of them begin with, or deploy an app for each.`
  if (prefix && /\*$/.test(text))
    return `"${text}": a prefix means all below it without a star: write "${text.replace(/\/?\*+$/, '') || '/'}".`
  if (!PATH.test(text)) return `"${text}" is not a path that HAProxy can be given.`
  if (prefix && text.replace(/\/+$/, '') === HEALTH)
    return `"${text}" is what the HAProxies answer themselves, to load balancers in front: take another path.`
  if (prefix && text.includes('?'))
    return `"${text}" has a question mark, which is not part of a request's path: leave it out, and all that follows.`
  return unusual(text, prefix)
}

/**
 * The host name that a text means, as the template compares it: a request's is taken without its port and final dot, in
 * lower case. Of a URL, its host; in the letters of DNS.
 */
function meant(text: string): string {
  const bare = text
    .replace(/^([a-z][a-z0-9+.-]*:)?\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/^.*@/, '')
    .replace(/:\d+$/, '')
  const ascii = /[^ -~]/.test(bare) ? domainToASCII(bare) : bare
  return ascii.replace(/\.$/, '').replace(/^\./, '*.')
}

/** Why HAProxy could not match a text as a host name, and what to write instead. */
function hostMistake(host: string): string | undefined {
  if (HOST.test(host)) return host.length > 253 ? `"${host}" is longer than a host name may be.` : undefined
  if (host === '*')
    return '"*": requests that no other app claims go to vars.haproxy.defaultBackend, or to the app whose lb.path is "/".'
  if (/[\s;|]/.test(host)) return `"${host}": host names are separated by commas.`
  const name = meant(host)
  if (HOST.test(name))
    return /[^ -~]/.test(host)
      ? `"${host}": requests name it as "${name}": write that.`
      : `"${host}" is ${host.startsWith('.') ? 'not' : 'more than'} a host name: write "${name}".`
  if (/^[^*]*\*/.test(host) && !/^\*\.[^*]+$/.test(host))
    return `"${host}": a star may only stand for all that is before the first dot, as in "*.example.com".`
  return `"${host}" is not a host name: it has letters, digits and dashes, with dots between.`
}

/** The host names in `lb.host`, and why the others cannot be followed. */
export function splitHosts(label: string): { readonly hosts: readonly string[]; readonly wrong: readonly string[] } {
  const given = label
    .toLowerCase()
    .split(',')
    .map((host) => host.trim())
  const all = [...new Set(given.filter((host) => host !== ''))]
  const wrong = all.flatMap((host) => hostMistake(host) ?? [])
  const right = all.filter((host) => hostMistake(host) === undefined)
  const fitting = right.filter((_, i) => right.slice(0, i + 1).join(',').length <= MOST)
  return {
    hosts: fitting,
    wrong: fitting.length === right.length ? wrong : [...wrong, `is longer than ${MOST} characters.`],
  }
}
