import { UserError } from '../lib/user-error.ts'

/** The command line is invalid. The message is one sentence. */
export class UsageError extends UserError {
  override readonly name = 'UsageError'
}
