/**
 * A value that the code before has made sure of, where its type cannot say so.
 * @throws Error where there is none: a mistake in this program
 */
export function present<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('a value that must be there is missing')
  return value
}
