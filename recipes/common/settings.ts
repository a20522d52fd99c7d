import * as v from 'valibot'

/** Settings in a daemon's own configuration format. */
export type Settings = Readonly<Record<string, unknown>>

/** Is a value an object: neither null nor a list? */
export const isObject = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a path: `acl.tokens` is a key of that name, or `tokens` in `acl`. */
const at = (settings: Settings, path: string): unknown =>
  Object.hasOwn(settings, path)
    ? settings[path]
    : path
        .split('.')
        .reduce<unknown>(
          (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
          settings,
        )

/** Reports settings that a table forbids, each as a clause with the table's reason. */
export const forbidden = (settings: Settings, table: Settings): readonly string[] =>
  Object.entries(table)
    .filter(([path]) => at(settings, path) !== undefined)
    .map(([path, why]) => `"${path}" cannot be set here: it ${why}`.replace('it are', 'they are'))

/** A schema check that reports everything wrong with settings. */
export const settingsCheck = <S extends Settings>(wrong: (settings: S) => readonly string[]) =>
  v.rawCheck<S>(({ dataset, addIssue }) => {
    if (dataset.typed) for (const message of wrong(dataset.value)) addIssue({ message })
  })

/**
 * An attribute with free-form settings, except those that the recipe sets itself, by a table of paths and reasons;
 * `more` reports other mistakes.
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

/** Merges two objects recursively; `above` wins. */
export function merge(below: Settings, above: Settings): Settings {
  const out: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const known = out[key]
    out[key] = isObject(known) && isObject(value) ? merge(known, value) : value
  }
  return out
}
