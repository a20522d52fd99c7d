import type { Definition } from '../../clients/marathon-answers.ts'
import { UserError } from '../../lib/user-error.ts'
import type { Secret } from '../../shell/secret.ts'

/** An app to deploy. */
export interface App {
  /** The app's id; begins with `/`. */
  readonly id: string
  /** The definition to send. Secrets are still hidden in it. */
  readonly definition: Definition
  readonly secrets: readonly Secret[]
}

/** An id that Marathon accepts for an app: its own pattern. */
export const PATH_ID =
  /^(\/?((\.\.)|(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9]))?($|\/))+$/

/** Ends of ids that Marathon's API takes for a question about the app above: `/v2/apps/web/tasks`. */
const RESERVED = new Set(['tasks', 'versions', 'restart'])

/** The longest id of a task that Mesos takes, less what Marathon adds to its app's: `.instance-UUID._app.1`. */
const LONGEST = 255 - 56

/** Why an id that matches {@link PATH_ID} cannot be that of an app. */
export function idMistake(id: string): string | undefined {
  const parts = id.split('/').filter(Boolean)
  if (parts.length === 0) return 'must name an app: "/" is the group of all apps'
  if (parts.includes('..')) return 'must not contain "..": write the whole path'
  if (RESERVED.has(parts.at(-1) ?? ''))
    return 'must not end in tasks, versions or restart, which mean something else in the paths of Marathon'
  if (parts.join('_').length > LONGEST)
    return `must have at most ${LONGEST} letters: Mesos takes no longer id of a task, which begins with it`
  return undefined
}

/** A text cannot be the id of an app. The message is one sentence. */
export class AppIdError extends UserError {
  override readonly name = 'AppIdError'
}

/** An app's id as Marathon writes it. @throws AppIdError */
export function appId(id: string): string {
  const why = PATH_ID.test(id)
    ? idMistake(id)
    : 'must be a path of lower-case letters, digits, dashes and dots, like /rails-app'
  if (why !== undefined) throw new AppIdError(`${JSON.stringify(id)} is not the id of an app: it ${why}`)
  return `/${id.split('/').filter(Boolean).join('/')}`
}
