import * as v from 'valibot'
import type { Contents } from '../../model/resource.ts'

/** The property in which a recipe names the keys that a daemon can reload. */
export const reloadable = v.optional(
  v.pipe(
    v.array(v.string()),
    v.description(
      'For a JSON object: the keys that the daemon rereads on a reload. If only these change and none is removed, a service with the file in its `restartOn` is reloaded instead of restarted.',
    ),
  ),
)

function objectIn(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined // not JSON: a user wrote it in another language
  }
}

/**
 * Do two JSON objects differ only in these keys, all of which the later one has? A daemon that reloads keeps its old
 * value for a key that was removed. Pure.
 */
export function differOnlyIn(keys: readonly string[] | undefined, both: Contents | undefined): boolean {
  if (keys === undefined || both === undefined || both === 'secret') return false
  const [before, after] = [objectIn(both.before), objectIn(both.after)]
  if (before === undefined || after === undefined) return false
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].every(
    (key) =>
      JSON.stringify(before[key]) === JSON.stringify(after[key]) || (keys.includes(key) && Object.hasOwn(after, key)),
  )
}
