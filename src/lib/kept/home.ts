import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The system's account of the user who runs this program. A user id without an account (in a container, say) is named
 * by its number, and has the home `/`.
 */
export function account(): { readonly username: string; readonly home: string; readonly shell: string | null } {
  try {
    const { username, homedir: home, shell } = userInfo()
    return { username, home, shell }
  } catch {
    return { username: String(process.getuid?.() ?? 'nobody'), home: '/', shell: null }
  }
}

/** The home of the user who runs this program. `$HOME` wins over the account's. */
export function home(env: Env = process.env): string {
  return env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : account().home
}

/** Expands a path `~/…` in the user's home. */
export const inHome = (path: string): string => path.replace(/^~(?=\/)/, () => home())

/** Folders of this program by the XDG Base Directory Specification, which ignores relative paths. */
const folder = (given: string | undefined, ...usual: readonly string[]): string =>
  join(given !== undefined && isAbsolute(given) ? given : join(...usual), 'provision')

/** For files that may be deleted at any time. */
export const cacheFolder = (env: Env = process.env): string => folder(env.XDG_CACHE_HOME, home(env), '.cache')

/** For files that must survive between runs. */
export const stateFolder = (env: Env = process.env): string => folder(env.XDG_STATE_HOME, home(env), '.local', 'state')
