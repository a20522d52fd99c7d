/** How every secret is printed: in diffs, plans, logs and `plan --script`. */
export const REDACTED = '‹secret›'

/** Private to this module, so that no other code can read a value. */
const VALUE = Symbol('value')

/**
 * A value that cannot be printed by accident: `String`, `JSON.stringify`, `util.inspect` and template literals all show
 * `‹secret›`. Only `reveal` gives the value, and only code that writes it to a host's standard input calls that.
 */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
    Object.freeze(this)
  }
  /** @internal Returns undefined for an object that only looks like a secret. */
  static [VALUE](secret: object): string | undefined {
    return #value in secret ? secret.#value : undefined
  }
  /** A message that shows a secret where none may be says so. */
  get [Symbol.toStringTag](): string {
    return 'Secret'
  }
  toString(): string {
    return REDACTED
  }
  toJSON(): string {
    return REDACTED
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}

/** The secret's value. Never log it, put it into a message, or pass it in argv or an environment. */
export function reveal(secret: Secret): string {
  return Secret[VALUE](secret) as string
}

/** Are they the same value? */
export const sameSecret = (a: Secret, b: Secret): boolean => reveal(a) === reveal(b)

/** The credentials of HTTP basic authentication: as secret as the password. */
export const basicLogin = (username: string, password: Secret): Secret =>
  new Secret(Buffer.from(`${username}:${reveal(password)}`).toString('base64'))
