/** The keys and indices that lead from a JSON document's root to one of its values. */
export type Path = readonly (string | number)[]

/** A path in the notation that users write: `hosts.zk-1.roles[0]`. */
export function showPath(path: Path): string {
  const part = (key: string | number): string => {
    if (typeof key === 'number') return `[${key}]`
    return /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
  }
  return path.map(part).join('').replace(/^\./, '') || 'the file'
}

/** Is `path` equal to `prefix`, or below it? */
export const isUnder = (path: Path, prefix: Path): boolean => prefix.every((key, i) => path[i] === key)

/** Compares paths by their position in the document. A missing key has the position of its parent. */
export function documentOrder(document: unknown): (a: Path, b: Path) => number {
  const places = new Map<object, ReadonlyMap<string, number>>()
  const placeIn = (object: object, key: string): number => {
    const known = places.get(object) ?? new Map(Object.keys(object).map((each, i) => [each, i]))
    places.set(object, known)
    return known.get(key) ?? -1
  }
  const rank = (path: Path): number[] => {
    const ranks: number[] = []
    let value = document
    for (const key of path) {
      if (typeof value !== 'object' || value === null) break
      ranks.push(Array.isArray(value) ? Number(key) : placeIn(value, String(key)))
      value = Reflect.get(value, key)
    }
    return ranks
  }
  return (a, b) => {
    const [x, y] = [rank(a), rank(b)]
    const differs = x.map((at, i) => at - (y[i] ?? at)).find((n) => n !== 0)
    return differs ?? x.length - y.length
  }
}
