/**
 * A mistake of the user's, or a state of affairs that is nobody's fault: the message says all, in one sentence or
 * several lines. No stack is shown.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
}
