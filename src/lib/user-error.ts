/**
 * A mistake of the user, or a condition outside the program. The message says everything, in one sentence or several
 * lines; no stack is printed.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
}

/**
 * Returns a value that must exist by the way the program is built; if it is missing, that is a bug of the program.
 * @param what names the value in the report of that bug
 */
export function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is missing, which cannot be`)
  return value
}
