import { homedir, userInfo } from 'node:os'

/**
 * The user who runs this program, as the system knows them. A user id without an account (in a container, say) is known
 * by its number.
 */
export function account(): { readonly username: string; readonly home: string } {
  try {
    const { username, homedir: home } = userInfo()
    return { username, home }
  } catch {
    return { username: String(process.getuid?.() ?? 'nobody'), home: homedir() }
  }
}
