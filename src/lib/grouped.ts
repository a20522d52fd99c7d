/** Groups a list by a key, keeping the order. */
export function grouped<T, Key>(list: readonly T[], key: (each: T) => Key): ReadonlyMap<Key, readonly T[]> {
  const groups = new Map<Key, T[]>()
  for (const each of list) {
    const of = key(each)
    const group = groups.get(of)
    if (group === undefined) groups.set(of, [each])
    else group.push(each)
  }
  return groups
}
