/** What an error says; of what is no error, its text. */
export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))
