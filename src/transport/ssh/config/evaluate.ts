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

/** The values for a host: the first one found, or all of them if they add up. */
export type Settings = Map<Keyword, string[]>

/** Values that add up. */
const LISTS: readonly string[] = ['identityfile', 'certificatefile']
/** Values of several words. */
const WORDS: readonly string[] = ['userknownhostsfile', 'globalknownhostsfile']
/** The rest of the line as it stands there. */
const WHOLE: readonly string[] = ['proxycommand', 'proxyjump', 'knownhostscommand']

/** The host that the config is read for. */
export interface Asked {
  /** What `Host` is compared with: the name that was given, in the second pass the one that it stands for. */
  readonly name: string
  /** The name that was given. */
  readonly original: string
  readonly settings: Settings
  /** The second pass, which `Match final` is for. */
  readonly final: boolean
}

/** Decides about a `Match` line. `reached`: false in a file that is included where nothing applies. */
export type Matcher = (directive: Directive, file: ConfigFile, asked: Asked, reached: boolean) => boolean

const isFollowed = (keyword: string): keyword is Keyword => FOLLOWED.some((each) => each === keyword)

function take({ keyword, rest, args = [] }: Directive, settings: Settings): void {
  if (!isFollowed(keyword)) return
  const values = valuesOf(keyword, rest, args)
  const [value] = values
  if (value === undefined) return
  // Whichever of the two stands first counts; but "ProxyJump none" leaves room for a command.
  if (keyword === 'proxyjump' && settings.has('proxycommand')) return
  if (keyword === 'proxycommand' && (settings.get('proxyjump')?.[0] ?? 'none').toLowerCase() !== 'none') return
  const before = settings.get(keyword)
  if (before === undefined) {
    settings.set(keyword, values)
    // To ssh, "none" with a comment behind it is no jump, and forbids a command that stands further down.
    if (keyword === 'proxyjump' && /^none[ \t]*#/i.test(written(rest))) settings.set('proxycommand', ['none'])
  } else if (LISTS.includes(keyword) && !before.includes(value)) before.push(value)
}

/** A line's value as it stands there. */
const written = (rest: string): string => rest.replace(/^[ \t=]+/, '')

function valuesOf(keyword: Keyword, rest: string, args: readonly string[]): string[] {
  if (keyword === 'proxyjump') return [written(rest).replace(/\s*#.*$/, '')]
  if (WHOLE.includes(keyword)) return [written(rest)]
  return WORDS.includes(keyword) ? [...args] : args.slice(0, 1)
}

/** Most files one in the other, as in OpenSSH. */
const DEPTH = 16

/**
 * Reads a config file for one host, as ssh does: the first value counts, `Include` reads its files in the place where
 * it stands, and what they begin ends with them.
 * @throws Error for files that include themselves
 */
export function evaluate(file: ConfigFile, folder: string, files: ConfigFiles, asked: Asked, matches: Matcher): void {
  const read = (from: ConfigFile, outer: boolean, depth: number): void => {
    if (depth > DEPTH) throw new Error(`${from.path} is included more than ${DEPTH} levels deep`)
    let active = outer
    const reached = depth === 0 || outer
    for (const directive of from.directives) {
      // In a file that is included where nothing applies, nothing ever does.
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
