import { realpathSync } from 'node:fs'
import { inspect } from 'node:util'
import { isOurs, placesIn, usersPlace } from '../lib/place.ts'
import { UserError } from '../lib/user-error.ts'

/**
 * What users' files do to the process they run in, which is the program's: it must neither end nor print for them.
 */
export interface Stray {
  /** Aborted with the first mistake: no new step starts. */
  readonly signal: AbortSignal
  /** What went wrong outside of everything that is awaited, or is no longer known to anybody. */
  readonly errors: readonly unknown[]
  /** Ends the process: recipes' `process.exit` does not. */
  readonly exit: (code: number) => never
}

const shownPath = (file: string): string => {
  const folder = `${realpathSync(process.cwd())}/`
  return file.startsWith(folder) ? file.slice(folder.length) : file
}

/** An error that nobody caught, as a sentence with file and line if it is a user's. Ours is left as it is: a bug. */
function strayError(error: unknown, what: string): unknown {
  if (error instanceof UserError) return error
  const place = usersPlace(error)
  const text = error instanceof Error ? error.message : inspect(error)
  if (place !== undefined)
    return new UserError(`${shownPath(place.file)}, line ${place.line}: ${what}: ${text}`, { cause: error })
  // What Node itself says has no place; nor has what is no error. This program awaits what it asks for, and throws
  // errors.
  if (placesIn(error).some(({ file }) => isOurs(file))) return error
  return new UserError(`in one of your files ${what}: ${text}`, { cause: error })
}

/** A user's file has called `process.exit`. */
class ExitError extends UserError {
  override readonly name = 'ExitError'
}

/**
 * Takes the process's exits and its standard output away from users' code, and listens for errors that nobody catches.
 */
export function watchStray(): Stray {
  const stop = new AbortController()
  const errors: unknown[] = []
  const note = (error: unknown): void => {
    errors.push(error)
    stop.abort()
  }
  process.on('unhandledRejection', (error) => note(strayError(error, 'a promise was rejected that nobody awaits')))
  process.on('uncaughtException', (error) => note(strayError(error, 'an error was thrown that nobody catches')))

  const exit = process.exit.bind(process)
  process.exit = (code) => {
    if (usersPlace(new Error()) === undefined) return exit(code)
    throw new ExitError('process.exit must not be called here')
  }
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr })
  return { signal: stop.signal, errors, exit }
}
