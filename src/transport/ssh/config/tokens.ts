import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { account } from '../../../lib/kept/home.ts'

/** The values of ssh_config(5)'s tokens. */
export interface TokenValues {
  readonly home: string
  /** The name that was asked for, and the one that it resolves to. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly hostKeyAlias?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Expands `~` at the start of a path. */
export const expandHome = (path: string, home: string): string =>
  path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path

const tokens: Readonly<Record<string, (of: TokenValues) => string>> = {
  '%': () => '%',
  C: ({ host, port, user }) => createHash('sha1').update(`${hostname()}${host}${port}${user}`).digest('hex'),
  d: ({ home }) => home,
  h: ({ host }) => host,
  i: () => String(process.getuid?.() ?? 0),
  j: () => '',
  k: ({ hostKeyAlias, name }) => hostKeyAlias ?? name,
  L: () => hostname().replace(/\..*/s, ''),
  l: () => hostname(),
  n: ({ name }) => name,
  p: ({ port }) => String(port),
  r: ({ user }) => user,
  u: () => account().username,
}

/** Expands `%` tokens. @throws Error for an unknown one */
export const expandTokens = (text: string, values: TokenValues): string =>
  text.replace(/%(.?)/gs, (_all, letter: string) => {
    const value = tokens[letter]
    if (!value) throw new Error(`there is no token %${letter} here`)
    return value(values)
  })

/** Expands `${NAME}`. @throws Error if the environment does not have the variable */
export const expandEnv = (text: string, { env }: TokenValues): string =>
  text.replace(/\$\{([^}]*)\}/g, (_all, name: string) => {
    const value = env[name]
    if (value === undefined) throw new Error(`it names the environment variable ${name}, which is not set`)
    return value
  })

/** Expands a path of ssh_config: `${NAME}`, tokens and `~`. */
export const expandPath = (path: string, values: TokenValues): string =>
  expandTokens(expandEnv(expandHome(path, values.home), values), values)
