/** What an error says; of what is no error, its text. */
export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The code of what Node says went wrong (`ENOENT`), where it has one. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
