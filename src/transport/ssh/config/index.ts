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

/** What the inventory says. It comes before the config, and `Match user` refers to it. */
export interface Given {
  readonly user?: string | undefined
  readonly port?: number | undefined
}

/** Answers what `ssh NAME` would find in the user's and the system's config. @throws TransportError */
export type SshConfig = (name: string, given?: Given) => Promise<ConfigEntry>

/** Where configs are read, and what else decides about them. */
export interface ConfigSources {
  readonly home: string
  readonly env: TokenValues['env']
  readonly shell: string
  /** Is ssh asked for what only it can tell? Default: yes. */
  readonly asksSsh?: boolean
}

interface Root {
  readonly path: string
  /** Where relative includes are. */
  readonly folder: string
}

/** ssh itself reads the files of the account's home, whatever HOME says; the system's belong to those. */
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

/** Our own reading of all config files, one after the other. */
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

  /** May ssh be asked instead? With another home it would look for included files in another place. */
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

  /** With every criterion that is not simple taken for this; `undefined`: a second pass would follow. */
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

  /** All by ourselves. @throws Error */
  full(name: string, given: Given): Settings {
    const { home, env, shell } = this.#sources
    const settings = started(given)
    const host = (): string => (settings.get('hostname')?.[0] ?? name).replaceAll('%h', name)
    const values = ({ final }: Asked): TokenValues => ({
      home,
      env,
      name,
      host: final ? host().toLowerCase() : host(), // until it is resolved, it is as it was written
      port: Number(settings.get('port')?.[0] ?? 22),
      user: settings.get('user')?.[0] ?? account().username,
    })
    let final = false
    const matches = fullMatcher(values, shell, () => {
      final = true
    })
    this.#pass({ name, original: name, settings, final: false }, matches)
    if (!final) return settings
    // By now it is decided what the name stands for, also where nothing was said of it.
    if (!settings.has('hostname')) settings.set('hostname', [name.replaceAll('%', '%%')])
    this.#pass({ name: host().toLowerCase(), original: name, settings, final: true }, matches)
    return settings
  }
}

const same = (a: Settings, b: Settings): boolean => JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())
const isPlain = (settings: Settings): boolean => /^(no|false)$/i.test(settings.get('canonicalizehostname')?.[0] ?? 'no')

/**
 * Reads the config of whoever runs this. What it says in a way that we follow exactly (`Host`, `Include`, simple
 * `Match`) is read here, which takes no process for each host; where something else decides, ssh itself is asked (`ssh
 * -G`), and if there is no ssh, we do what can be done.
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
