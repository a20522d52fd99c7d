import * as v from 'valibot'

/** Settings as a daemon's own configuration writes them. */
export type Settings = Readonly<Record<string, unknown>>

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

/** Why settings may not be so: one clause about the first of those in a table that are in the way. */
export function forbidden(settings: Settings, table: Settings): string | undefined {
  const found = Object.entries(table).find(([path]) => at(settings, path) !== undefined)
  return found === undefined
    ? undefined
    : `"${found[0]}" cannot be set here: it ${found[1]}`.replace('it are', 'they are')
}

/**
 * Free-form settings that cannot say what the recipe says itself, by a table of paths and why; `more` finds what else
 * is wrong with them.
 */
export const settingsAttribute = (
  table: Readonly<Record<string, string>>,
  description: string,
  more: (settings: Settings) => string | undefined = () => undefined,
) =>
  v.optional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.rawCheck(({ dataset, addIssue }) => {
        const why = dataset.typed ? (forbidden(dataset.value, table) ?? more(dataset.value)) : undefined
        if (why !== undefined) addIssue({ message: why })
      }),
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
