/** An object whose keys with the value `undefined` are left out. */
export type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Leaves out what is `undefined`. */
export const compact = <T extends object>(object: T): Compact<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Compact<T>
