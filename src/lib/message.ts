import { inspect, types } from 'node:util'

/** Is a thrown value an error, perhaps one of another realm (node:vm)? */
const isError = (thrown: unknown): thrown is Error => thrown instanceof Error || types.isNativeError(thrown)

/** A thrown value in words: an error's message, a text unchanged, any other value in source notation. */
export function message(error: unknown): string {
  if (typeof error === 'string') return error
  if (!isError(error))
    return `${inspect(error, { depth: 1, breakLength: Number.POSITIVE_INFINITY })} was thrown, which is not an error`
  if (error.message !== '') return error.message
  // a connection attempt to several addresses fails with one error per address and no message of its own
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map(message))].join('; ')
  return `${error.name} without a message`
}

/** Words that end a sentence: with a full stop, unless they end one already (`… is this its port?`). */
export const sentence = (words: string): string => (/[.?!]$/.test(words) ? words : `${words}.`)

/** Keeps a value on one line, so that it cannot break the sentence that quotes it. */
export const oneLine = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f]/g, (control) => JSON.stringify(control).slice(1, -1))

/** The code of an error from Node (`ENOENT`), if it has one. */
export const codeOf = (error: unknown): string | undefined =>
  isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** What this machine may lack, in words. */
const MACHINE: Readonly<Record<string, string>> = {
  EMFILE: 'this process may open no more files: raise its limit (ulimit -n)',
  ENFILE: 'this machine has too many files open',
  EAGAIN: 'no more processes may be started: raise the limit (ulimit -u)',
  ENOMEM: 'this machine has no memory left',
}

/** What may be wrong with a user's path, in words. */
const PATH: Readonly<Record<string, string>> = {
  ...MACHINE,
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a directory',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ERR_INVALID_ARG_VALUE: 'its name contains a NUL character',
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

const STARTING: Readonly<Record<string, string>> = {
  ...PATH,
  ENOENT: 'there is no such program',
  EACCES: 'you may not run it',
  EPERM: 'you may not run it',
  ENOBUFS: 'it prints more than 1 MB',
}

/**
 * Does the error come from the operating system, about a file or another resource (rather than about a file's content)?
 */
export const isFileError = (error: unknown): boolean => isError(error) && 'syscall' in error

/** Why a user's file cannot be read: `it is a directory`. */
export const whyUnread = (error: unknown): string => READING[codeOf(error) ?? ''] ?? message(error)

/** Why a user's file cannot be written: `its disk is full`. */
export const whyUnwritten = (error: unknown): string => WRITING[codeOf(error) ?? ''] ?? message(error)

/** Why a program of this machine cannot be run: `there is no such program`. */
export const whyNotStarted = (error: unknown): string => STARTING[codeOf(error) ?? ''] ?? message(error)

/** A path in a sentence: quoted if its ends would not be obvious. */
export const named = (path: string): string => (/^[\w./@+-]+$/.test(path) ? path : JSON.stringify(path))

/** Cuts very long words and quotations in a sentence, such as the whole text of a file that was given as a name. */
export const brief = (sentence: string): string =>
  sentence
    .replace(/"((?:[^"\\]|\\.){60})(?:[^"\\]|\\.){240,}"/g, '"$1…"')
    .replace(/( not ".{60}).{240,}"/s, '$1…"') // valibot quotes the value unchanged
    .replace(/\S{500,}/g, (word) => `${word.slice(0, 60)}…${word.slice(-20)}`)
