import type { ConfigFile, ConfigFiles } from './files.ts'
import type { Directive } from './lines.ts'
import { matchesHostLine } from './patterns.ts'

/** The keywords of ssh_config that decide how a host is reached. */
export const FOLLOWED = [
  'addressfamily',
  'bindaddress',
  'bindinterface',
  'canonicalizehostname',
  'certificatefile',
  'connecttimeout',
  'globalknownhostsfile',
  'hostkeyalias',
  'hostname',
  'identitiesonly',
  'identityagent',
  'identityfile',
  'knownhostscommand',
  'pkcs11provider',
  'port',
  'proxycommand',
  'proxyjump',
  'proxyusefdpass',
  'securitykeyprovider',
  'stricthostkeychecking',
  'tag',
  'user',
  'userknownhostsfile',
] as const
type Keyword = (typeof FOLLOWED)[number]

/** The values for a host: the first one found, or all of them for keywords that accumulate. */
export type Settings = Map<Keyword, string[]>

/** Keywords whose values accumulate. */
const LISTS: readonly string[] = ['identityfile', 'certificatefile']
/** Keywords whose value has several words. */
const WORDS: readonly string[] = ['userknownhostsfile', 'globalknownhostsfile']
/** Keywords whose value is the unparsed rest of the line. */
const WHOLE: readonly string[] = ['proxycommand', 'proxyjump', 'knownhostscommand']

/** The host that the config is evaluated for. */
export interface Asked {
  /** What `Host` matches: the given name, or in the second pass the name that it resolves to. */
  readonly name: string
  /** The given name. */
  readonly original: string
  readonly settings: Settings
  /** The second pass, which `Match final` requires. */
  readonly final: boolean
}

/** Decides whether a `Match` line applies. `reached` is false in a file whose `Include` does not apply. */
export type Matcher = (directive: Directive, file: ConfigFile, asked: Asked, reached: boolean) => boolean

const isFollowed = (keyword: string): keyword is Keyword => FOLLOWED.some((each) => each === keyword)

function take({ keyword, rest, args = [] }: Directive, settings: Settings): void {
  if (!isFollowed(keyword)) return
  const values = valuesOf(keyword, rest, args)
  const [value] = values
  if (value === undefined) return
  // The first of the two wins, except that "ProxyJump none" still allows a command.
  if (keyword === 'proxyjump' && settings.has('proxycommand')) return
  if (keyword === 'proxycommand' && (settings.get('proxyjump')?.[0] ?? 'none').toLowerCase() !== 'none') return
  const before = settings.get(keyword)
  if (before === undefined) {
    settings.set(keyword, values)
    // For ssh, "none" with a comment after it is not a jump, but still rules out a ProxyCommand further down.
    if (keyword === 'proxyjump' && /^none[ \t]*#/i.test(written(rest))) settings.set('proxycommand', ['none'])
  } else if (LISTS.includes(keyword) && !before.includes(value)) before.push(value)
}

/** A line's unparsed value. */
const written = (rest: string): string => rest.replace(/^[ \t=]+/, '')

function valuesOf(keyword: Keyword, rest: string, args: readonly string[]): string[] {
  if (keyword === 'proxyjump') return [written(rest).replace(/\s*#.*$/, '')]
  if (WHOLE.includes(keyword)) return [written(rest)]
  return WORDS.includes(keyword) ? [...args] : args.slice(0, 1)
}

/** Deepest nesting of files, as in OpenSSH. */
const DEPTH = 16

/**
 * Evaluates a config file for one host, as ssh does: the first value wins, `Include` inserts its files in its place,
 * and a `Host` or `Match` block ends with its file.
 * @throws Error for files that include themselves
 */
export function evaluate(file: ConfigFile, folder: string, files: ConfigFiles, asked: Asked, matches: Matcher): void {
  const read = (from: ConfigFile, outer: boolean, depth: number): void => {
    if (depth > DEPTH) throw new Error(`${from.path} is included more than ${DEPTH} levels deep`)
    let active = outer
    const reached = depth === 0 || outer
    for (const directive of from.directives) {
      // In a file whose `Include` does not apply, no line ever applies.
      if (directive.keyword === 'host') active = reached && matchesHostLine(asked.name, directive.args ?? [])
      else if (directive.keyword === 'match') active = matches(directive, from, asked, reached)
      else if (directive.keyword === 'include') {
        for (const path of (directive.args ?? []).flatMap((word) => files.included(word, folder))) {
          const inner = files.read(path)
          if (inner) read(inner, active, depth + 1)
        }
      } else if (active) take(directive, asked.settings)
    }
  }
  read(file, true, 0)
}
