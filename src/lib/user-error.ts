/**
 * A mistake of the user, or a condition outside the program. The message says everything, in one sentence or several
 * lines; no stack is printed.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
}

/** A daemon does not accept the login in a variable. The message names it. */
export class RefusedLoginError extends UserError {
  override readonly name = 'RefusedLoginError'
  /** `vars.mesos-master.operator` */
  readonly variable: string
  constructor(variable: string, message: string) {
    super(message)
    this.variable = variable
  }
}

/**
 * Returns a value that must exist by the way the program is built; if it is missing, that is a bug of the program.
 * @param what names the value in the report of that bug
 */
export function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is missing, which cannot be`)
  return value
}
