import * as v from 'valibot'

/** Settings as a daemon's own configuration writes them. */
export type Settings = Readonly<Record<string, unknown>>

/** Whether a value is an object with keys: neither null nor a list. */
export const isObject = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands at a path: `acl.tokens` is a key of that name, or `tokens` in `acl`. */
const at = (settings: Settings, path: string): unknown =>
  Object.hasOwn(settings, path)
    ? settings[path]
    : path
        .split('.')
        .reduce<unknown>(
          (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
          settings,
        )

/** Why settings may not be so, by a table of what must not stand in them and why: one clause for each. */
export const forbidden = (settings: Settings, table: Settings): readonly string[] =>
  Object.entries(table)
    .filter(([path]) => at(settings, path) !== undefined)
    .map(([path, why]) => `"${path}" cannot be set here: it ${why}`.replace('it are', 'they are'))

/** A check of settings that tells all that is wrong with them. */
export const settingsCheck = <S extends Settings>(wrong: (settings: S) => readonly string[]) =>
  v.rawCheck<S>(({ dataset, addIssue }) => {
    if (dataset.typed) for (const message of wrong(dataset.value)) addIssue({ message })
  })

/**
 * Free-form settings that cannot say what the recipe says itself, by a table of paths and why; `more` finds what else
 * is wrong with them.
 */
export const settingsAttribute = (
  table: Readonly<Record<string, string>>,
  description: string,
  more: (settings: Settings) => readonly string[] = () => [],
) =>
  v.optional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      settingsCheck((settings) => [...forbidden(settings, table), ...more(settings)]),
      v.description(description),
    ),
    {},
  )

/** The one over the other: objects are united, all else is replaced. */
export function merge(below: Settings, above: Settings): Settings {
  const out: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const known = out[key]
    out[key] = isObject(known) && isObject(value) ? merge(known, value) : value
  }
  return out
}
