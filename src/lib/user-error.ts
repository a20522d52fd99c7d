/**
 * The user's mistake, or a condition that is nobody's fault. The message says everything, in one sentence or several
 * lines; no stack is printed.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
}

/**
 * What is there by the way the program is built: where it is missing, the mistake is the program's, not its user's.
 * @param what it is, for whoever reads the report of that mistake
 */
export function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is missing, which cannot be`)
  return value
}
