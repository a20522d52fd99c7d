/** A bastion: `[user@]host[:port]`. */
export interface Jump {
  readonly user?: string
  readonly host: string
  readonly port?: number
}

const JUMP =
  /^(?:ssh:\/\/)?(?:(?<user>[^@\s]+)@)?(?:\[(?<six>[^\]\s]+)\]|(?<host>[^:@\s]+|[^@\s]*:[^@\s]*:[^@\s]*))(?::(?<port>\d{1,5}))?\/?$/

/**
 * Reads a bastion in the notation of `proxyJump`, also with `ssh://` before it or an IPv6 address in brackets.
 * undefined: it is none.
 */
export function readJump(text: string): Jump | undefined {
  const { user, six, host, port } = JUMP.exec(text.trim())?.groups ?? {}
  const name = six ?? host
  if (name === undefined || Number(port ?? 22) < 1 || Number(port ?? 22) > 65_535) return undefined
  return { host: name, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port: Number(port) }) }
}

/** The bastions in a `proxyJump`, first hop first; `none` stands for none. */
export const hopsIn = (proxyJump: string): readonly string[] =>
  proxyJump
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '' && hop !== 'none')
