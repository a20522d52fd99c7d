/** The command line cannot be understood. One sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
