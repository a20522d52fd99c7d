/** JSON that somebody else wrote. What is not of the type that is asked for is read as if it were not there. */
export type Json = Readonly<Record<string, unknown>>

/** Is this an object, and not a list or null? */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object; else one without members. */
export const object = (value: unknown): Json => (isObject(value) ? value : {})

/** A list; else an empty one. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A text; else an empty one. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
