/** How every secret is printed: in diffs, plans, logs and `plan --script`. */
export const REDACTED = '‹secret›'

const values = new WeakMap<Secret, string>()

/**
 * A value that cannot be printed by accident: `String`, `JSON.stringify`, `util.inspect` and template literals all show
 * `‹secret›`. Only `reveal` gives the value, and only code that writes it to a host's standard input calls that.
 */
export class Secret {
  constructor(value: string) {
    values.set(this, value)
    Object.freeze(this)
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
  return values.get(secret) as string
}
