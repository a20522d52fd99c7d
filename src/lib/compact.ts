/** An object without the keys whose value is `undefined`. */
export type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Removes the keys whose value is `undefined`. */
export const compact = <T extends object>(object: T): Compact<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Compact<T>
/**
 * Returns a value that must exist by the program's own logic, although its type cannot say so.
 * @throws Error if it does not exist, which is a bug
 */
export function present<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('a value that must be there is missing')
  return value
}
