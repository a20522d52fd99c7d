import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The user who runs this program, as the system knows them. A user id without an account (in a container, say) is known
 * by its number, and is at home in `/`.
 */
export function account(): { readonly username: string; readonly home: string; readonly shell: string | null } {
  try {
    const { username, homedir: home, shell } = userInfo()
    return { username, home, shell }
  } catch {
    return { username: String(process.getuid?.() ?? 'nobody'), home: '/', shell: null }
  }
}

/** The home of the user who runs this program: `$HOME` where that says it, for an account may have another. */
export function home(env: Env = process.env): string {
  return env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : account().home
}

/** The path that one in a home, `~/…`, stands for. */
export const inHome = (path: string): string => path.replace(/^~(?=\/)/, () => home())

/** Folders of this program by the XDG Base Directory Specification, which passes over relative paths. */
const folder = (given: string | undefined, ...usual: readonly string[]): string =>
  join(given !== undefined && isAbsolute(given) ? given : join(...usual), 'provision')

/** What may be thrown away. */
export const cacheFolder = (env: Env = process.env): string => folder(env.XDG_CACHE_HOME, home(env), '.cache')

/** What must be kept from run to run. */
export const stateFolder = (env: Env = process.env): string => folder(env.XDG_STATE_HOME, home(env), '.local', 'state')
