import { join } from 'node:path'
import { present } from '../../../lib/compact.ts'
import { account } from '../../../lib/kept/home.ts'
import { TransportError } from '../../transport.ts'
import { said } from '../../words.ts'
import { askSsh, isAskable } from './ask-ssh.ts'
import { type ConfigEntry, entryOf } from './entry.ts'
import { type Asked, evaluate, type Matcher, type Settings } from './evaluate.ts'
import { type ConfigFiles, configFiles } from './files.ts'
import { asksFinal, fullMatcher, matcher } from './match.ts'
import type { TokenValues } from './tokens.ts'

export type { ConfigEntry } from './entry.ts'

/** Settings from the inventory. They override the config, and `Match user` refers to them. */
export interface Given {
  readonly user?: string | undefined
  readonly port?: number | undefined
}

/** Returns what `ssh NAME` would find in the user's and the system's config. @throws TransportError */
export type SshConfig = (name: string, given?: Given) => Promise<ConfigEntry>

/** Where the config files are, and what else affects them. */
export interface ConfigSources {
  readonly home: string
  readonly env: TokenValues['env']
  readonly shell: string
  /** Run ssh for what only it can evaluate? Default: yes. */
  readonly asksSsh?: boolean
}

interface Root {
  readonly path: string
  /** The folder of relative includes. */
  readonly folder: string
}

/** ssh itself reads the files in the account's home, whatever HOME says; the system's files go with those. */
function roots(home: string): Root[] {
  const user = { path: join(home, '.ssh', 'config'), folder: join(home, '.ssh') }
  return home === account().home ? [user, { path: '/etc/ssh/ssh_config', folder: '/etc/ssh' }] : [user]
}

function started({ user, port }: Given): Settings {
  const settings: Settings = new Map()
  if (user !== undefined) settings.set('user', [user])
  if (port !== undefined) settings.set('port', [String(port)])
  return settings
}

/** Our own evaluation of all config files, one after the other. */
class Reading {
  readonly #sources: ConfigSources
  readonly #files: ConfigFiles
  readonly #roots: readonly Root[]

  constructor(sources: ConfigSources) {
    this.#sources = sources
    this.#files = configFiles(sources.home)
    this.#roots = roots(sources.home)
  }

  get file(): string {
    return present(this.#roots[0]).path
  }

  /** May ssh itself be asked? With another home it would look for included files elsewhere. */
  get isSshs(): boolean {
    if (this.#roots.length > 1) return true
    return this.#files.read(this.file)?.directives.every(({ keyword }) => keyword !== 'include') ?? true
  }

  #pass(asked: Asked, matches: Matcher): void {
    for (const { path, folder } of this.#roots) {
      const file = this.#files.read(path)
      if (file) evaluate(file, folder, this.#files, asked, matches)
    }
  }

  /**
   * Evaluates with `otherwise` as the result of every criterion that is not simple; `undefined`: a second pass would
   * follow.
   */
  guess(name: string, given: Given, otherwise: boolean): Settings | undefined {
    const settings = started(given)
    let final = false
    const decide = matcher(() => otherwise)
    this.#pass({ name, original: name, settings, final: false }, (directive, ...rest) => {
      final ||= asksFinal(directive)
      return decide(directive, ...rest)
    })
    return final ? undefined : settings
  }

  /** Evaluates everything without ssh. @throws Error */
  full(name: string, given: Given): Settings {
    const { home, env, shell } = this.#sources
    const settings = started(given)
    const host = (): string => (settings.get('hostname')?.[0] ?? name).replaceAll('%h', name)
    const values = ({ final }: Asked): TokenValues => ({
      home,
      env,
      name,
      host: final ? host().toLowerCase() : host(), // until it is resolved, it keeps its spelling
      port: Number(settings.get('port')?.[0] ?? 22),
      user: settings.get('user')?.[0] ?? account().username,
    })
    let final = false
    const matches = fullMatcher(values, shell, () => {
      final = true
    })
    this.#pass({ name, original: name, settings, final: false }, matches)
    if (!final) return settings
    // By now the name is resolved, even if the config has no HostName.
    if (!settings.has('hostname')) settings.set('hostname', [name.replaceAll('%', '%%')])
    this.#pass({ name: host().toLowerCase(), original: name, settings, final: true }, matches)
    return settings
  }
}

const same = (a: Settings, b: Settings): boolean => JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())
const isPlain = (settings: Settings): boolean => /^(no|false)$/i.test(settings.get('canonicalizehostname')?.[0] ?? 'no')

/**
 * Reads the ssh config of the user who runs this. Settings that this program can follow exactly (`Host`, `Include`,
 * simple `Match`) are evaluated here, which needs no process per host. If something else decides, ssh itself is asked
 * (`ssh -G`); without ssh, this program does what it can.
 */
export function readSshConfig(sources: ConfigSources): SshConfig {
  const { home, env, asksSsh = true } = sources
  const reading = new Reading(sources)
  const settingsOf = async (name: string, given: Given): Promise<Settings> => {
    const without = reading.guess(name, given, false)
    const otherwise = reading.guess(name, given, true)
    if (without && otherwise && isPlain(without) && same(without, otherwise)) return without
    if (asksSsh && isAskable(name) && reading.isSshs) {
      const file = home === account().home ? undefined : reading.file
      const answer = await askSsh({ name, user: given.user, port: given.port, file, env })
      if (answer) return answer
    }
    return reading.full(name, given)
  }
  const entries = new Map<string, Promise<ConfigEntry>>()
  const find = async (name: string, given: Given): Promise<ConfigEntry> => {
    try {
      return entryOf(name, await settingsOf(name, given), home, env)
    } catch (error) {
      throw new TransportError('protocol', `${reading.file} cannot be followed for ${name}: ${said(error)}`, {
        cause: error,
      })
    }
  }
  return (name, given = {}) => {
    const key = JSON.stringify([name, given.user, given.port])
    const found = entries.get(key) ?? find(name, given)
    entries.set(key, found)
    return found
  }
}
