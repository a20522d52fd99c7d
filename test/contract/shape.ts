/** What a JSON value is made of: names and types, not values. */
export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'null' }
  /** `items` is missing where every list that was seen was empty; `empty` says that one of several was. */
  | { readonly kind: 'list'; readonly items?: Shape; readonly empty?: boolean }
  | {
      readonly kind: 'object'
      readonly fields: ReadonlyMap<string, { readonly shape: Shape; readonly always: boolean }>
    }
  | { readonly kind: 'either'; readonly of: readonly Shape[] }

/** Where a value is not of a shape. Its path is `.slaves[].id`: names behind dots, `[]` for any item of a list. */
export interface Difference {
  readonly path: string
  readonly says: string
}

/** The shape of these values together: a name that not all of them have is optional. */
export function shapeOf(values: readonly unknown[]): Shape {
  const kinds = [...new Set(values.map(kindOf))]
  if (kinds.length !== 1)
    return { kind: 'either', of: kinds.map((kind) => shapeOf(values.filter((value) => kindOf(value) === kind))) }
  const [kind] = kinds as [Kind]
  if (kind === 'list') {
    const items = (values as unknown[][]).flat()
    return items.length === 0
      ? { kind }
      : { kind, items: shapeOf(items), empty: (values as unknown[][]).some((list) => list.length === 0) }
  }
  if (kind !== 'object') return { kind }
  const objects = values as Record<string, unknown>[]
  const names = [...new Set(objects.flatMap((o) => Object.keys(o)))]
  const fields = names.map((name) => {
    const having = objects.filter((o) => name in o)
    return [name, { shape: shapeOf(having.map((o) => o[name])), always: having.length === objects.length }] as const
  })
  return { kind, fields: new Map(fields) }
}

/** Where a value differs from a shape; each difference once, however many items of a list show it. */
export function differences(wanted: Shape, value: unknown, path = ''): Difference[] {
  const kind = kindOf(value)
  const fits = wanted.kind === 'either' ? wanted.of.find((shape) => shape.kind === kind) : wanted
  if (fits === undefined || fits.kind !== kind) return [{ path, says: `is ${kind}, recorded ${word(wanted)}` }]
  if (fits.kind === 'list') return once(inList(fits, value as unknown[], path))
  if (fits.kind !== 'object') return []
  const object = value as Record<string, unknown>
  const missing = [...fits.fields].filter(([name, { always }]) => always && !(name in object))
  return [
    ...missing.map(([name]) => ({ path: `${path}.${name}`, says: 'is missing' })),
    ...Object.entries(object).flatMap(([name, inner]) => {
      const known = fits.fields.get(name)
      return known
        ? differences(known.shape, inner, `${path}.${name}`)
        : [{ path: `${path}.${name}`, says: 'is not in the recording' }]
    }),
  ]
}

type Kind = 'string' | 'number' | 'boolean' | 'null' | 'list' | 'object'

function kindOf(value: unknown): Kind {
  if (Array.isArray(value)) return 'list'
  return value === null ? 'null' : (typeof value as Kind)
}

const word = (shape: Shape): string => (shape.kind === 'either' ? shape.of.map((s) => s.kind).join(' or ') : shape.kind)

function inList(
  wanted: { readonly items?: Shape; readonly empty?: boolean },
  list: readonly unknown[],
  path: string,
): Difference[] {
  const { items } = wanted
  if (items === undefined) return [] // nothing was recorded of what would lie in it
  if (list.length === 0 && wanted.empty) return []
  if (list.length === 0) return [{ path: `${path}[]`, says: 'has no item to compare with the recorded ones' }]
  return list.flatMap((item) => differences(items, item, `${path}[]`))
}

const once = (all: readonly Difference[]): Difference[] => [
  ...new Map(all.map((d) => [`${d.path} ${d.says}`, d])).values(),
]
