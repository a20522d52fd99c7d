/**
 * The user's mistake, or a condition that is nobody's fault. The message says everything, in one sentence or several
 * lines; no stack is printed.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
}
