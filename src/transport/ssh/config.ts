import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import SSHConfig, { glob } from 'ssh-config'
import { said } from '../sentence.ts'
import { TransportError } from '../transport.ts'

/** What `~/.ssh/config` says about one host, as far as we follow it. */
export interface ConfigEntry {
  readonly hostName?: string
  readonly user?: string
  readonly port?: number
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  readonly proxyJump?: string
  readonly userKnownHostsFiles?: readonly string[]
  readonly hostKeyAlias?: string
}

/** Answers what `ssh HOST` would find in the user's config. */
export type SshConfig = (host: string, user?: string) => ConfigEntry

/** `~` at the beginning of a path. */
export const expandHome = (path: string, home: string): string => (path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path)

/** The text of a config file with the files it includes put in. @throws when one includes itself, 16 levels deep as in OpenSSH. */
function readWithIncludes(path: string, home: string, depth = 0): string {
  if (!existsSync(path)) return ''
  if (depth > 16) throw new Error(`${path} is included more than 16 levels deep`)
  return readFileSync(path, 'utf8').replace(/^[ \t]*Include[ \t=]+(.+)$/gim, (_line, list: string) => {
    const patterns = (list.match(/"[^"]+"|\S+/g) ?? []).map((word) => expandHome(word.replace(/^"(.*)"$/, '$1'), home))
    const files = patterns.flatMap((word) => expand(isAbsolute(word) ? word : join(home, '.ssh', word)))
    return files.map((file) => readWithIncludes(file, home, depth + 1)).join('\n')
  })
}

/** The files that a path with wildcards in its last part means, sorted. */
function expand(pattern: string): string[] {
  if (!/[*?]/.test(pattern)) return [pattern]
  const dir = dirname(pattern)
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .map((name) => join(dir, name))
    .filter((path) => glob(pattern, path))
    .sort()
}

const words = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)])
const word = (value: unknown): string | undefined => words(value)[0]

/** Reads `HOME/.ssh/config` (nothing there: no opinion on any host). `Match exec` is never run. @throws TransportError */
export function readSshConfig(home: string): SshConfig {
  const path = join(home, '.ssh', 'config')
  let parsed: SSHConfig
  try {
    parsed = SSHConfig.parse(readWithIncludes(path, home))
  } catch (error) {
    throw new TransportError('protocol', `${path} cannot be read: ${said(error)}`, { cause: error })
  }
  return (host, user) => {
    const found = parsed.compute(user === undefined ? { Host: host } : { Host: host, User: user }, {
      ignoreCase: true,
      matchExec: false,
    }) as Record<string, unknown>
    const hostName = word(found.hostname)?.replaceAll('%h', host)
    const remote = user ?? word(found.user)
    const tokens = (text: string): string =>
      expandHome(text, home).replace(
        /%([dhrn%])/g,
        (_all, token: string) => ({ d: home, h: hostName ?? host, r: remote ?? '', n: host, '%': '%' })[token] as string,
      )
    const port = Number(word(found.port))
    const jump = words(found.proxyjump).join(',')
    const known = words(found.userknownhostsfile).map(tokens)
    const alias = word(found.hostkeyalias)
    return {
      ...(hostName === undefined ? {} : { hostName }),
      ...(remote === undefined ? {} : { user: remote }),
      ...(port > 0 ? { port } : {}),
      identityFiles: words(found.identityfile)
        .filter((file) => file.toLowerCase() !== 'none')
        .map(tokens),
      identitiesOnly: word(found.identitiesonly)?.toLowerCase() === 'yes',
      ...(jump === '' || jump.toLowerCase() === 'none' ? {} : { proxyJump: jump }),
      ...(known.length > 0 ? { userKnownHostsFiles: known } : {}),
      ...(alias === undefined ? {} : { hostKeyAlias: alias }),
    }
  }
}
