import { inspect } from 'node:util'

/** A thrown value in words: an error's message, a text unchanged, any other value in source notation. */
export function message(error: unknown): string {
  if (typeof error === 'string') return error
  if (!(error instanceof Error))
    return `${inspect(error, { depth: 1, breakLength: Number.POSITIVE_INFINITY })} was thrown, which is not an error`
  if (error.message !== '') return error.message
  // a connection attempt to several addresses fails with one error per address and no message of its own
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map(message))].join('; ')
  return `${error.name} without a message`
}

/** Words that end a sentence: with a full stop, unless they end one already (`… is this its port?`). */
export const sentence = (words: string): string => (/[.?!]$/.test(words) ? words : `${words}.`)

/** The code of an error from Node (`ENOENT`), if it has one. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** What may be wrong with a user's path, in words. */
const PATH: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a directory',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
}
const READING: Readonly<Record<string, string>> = {
  ...PATH,
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EIO: 'its disk does not answer',
}
const WRITING: Readonly<Record<string, string>> = {
  ...PATH,
  ENOENT: 'there is no such directory',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'your quota there is used up',
}

/**
 * Does the error come from the operating system, about a file or another resource (rather than about a file's content)?
 */
export const isFileError = (error: unknown): boolean => error instanceof Error && 'syscall' in error

/** Why a user's file cannot be read: `it is a directory`. */
export const whyUnread = (error: unknown): string => READING[codeOf(error) ?? ''] ?? message(error)

/** Why a user's file cannot be written: `its disk is full`. */
export const whyUnwritten = (error: unknown): string => WRITING[codeOf(error) ?? ''] ?? message(error)

/** A path in a sentence: quoted if its ends would not be obvious. */
export const named = (path: string): string => (/^[\w./@+-]+$/.test(path) ? path : JSON.stringify(path))

/** Cuts very long words and quotations in a sentence, such as the whole text of a file that was given as a name. */
export const brief = (sentence: string): string =>
  sentence
    .replace(/"((?:[^"\\]|\\.){60})(?:[^"\\]|\\.){240,}"/g, '"$1…"')
    .replace(/( not ".{60}).{240,}"/s, '$1…"') // valibot quotes the value unchanged
    .replace(/\S{500,}/g, (word) => `${word.slice(0, 60)}…${word.slice(-20)}`)
