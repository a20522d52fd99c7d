import { UserError } from '../lib/user-error.ts'

/** The command line cannot be understood. One sentence. */
export class UsageError extends UserError {
  override readonly name = 'UsageError'
}
