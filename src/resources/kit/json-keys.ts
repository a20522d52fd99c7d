import * as v from 'valibot'
import type { Contents } from '../../model/resource.ts'

/** What a recipe may say of the keys that a daemon reads again. */
export const reloadable = v.optional(
  v.pipe(
    v.array(v.string()),
    v.description(
      'Of a JSON object: the keys that a daemon reads again when it is reloaded. Where no others change, and none goes, a service that has the file in its `restartOn` is only reloaded.',
    ),
  ),
)

function objectIn(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined // a person wrote it in another language
  }
}

/**
 * Do two JSON objects differ in some of these keys only, each of which the later one has? What is no longer said, a
 * daemon that reads it again leaves as it was. Pure.
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
