/** An error's message; the text of a value that is not an error. */
export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a directory',
}

/** Why a file cannot be read, in words; for rare reasons the error's code or message. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error)
  return (code === undefined ? undefined : UNREADABLE[code]) ?? code ?? message(error)
}

/** The code of an error from Node (`ENOENT`), if it has one. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
