/** JSON from outside. A value of an unexpected type is read as if it were absent. */
export type Json = Readonly<Record<string, unknown>>

/** Is the value an object, rather than a list or null? */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value if it is an object; else an empty one. */
export const object = (value: unknown): Json => (isObject(value) ? value : {})

/** The value if it is a list; else an empty one. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The value if it is text; else the empty text. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
