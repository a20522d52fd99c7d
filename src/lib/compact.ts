/** An object whose keys with the value `undefined` are left out. */
export type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Leaves out what is `undefined`. */
export const compact = <T extends object>(object: T): Compact<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Compact<T>
/**
 * A value that the code before has made sure of, where its type cannot say so.
 * @throws Error where there is none: a mistake in this program
 */
export function present<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('a value that must be there is missing')
  return value
}
