import { realpathSync } from 'node:fs'
import { inspect } from 'node:util'
import { isOurs, placesIn, usersPlace } from '../lib/place.ts'
import { UserError } from '../lib/user-error.ts'

/** Guards the process against users' files, which share it: they must neither end it nor print to its output. */
export interface Stray {
  /** Aborted on the first error: no new step starts. */
  readonly signal: AbortSignal
  /** Errors outside everything that is awaited. */
  readonly errors: readonly unknown[]
  /** Ends the process; a recipe's `process.exit` does not. */
  readonly exit: (code: number) => never
}

const shownPath = (file: string): string => {
  const folder = `${realpathSync(process.cwd())}/`
  return file.startsWith(folder) ? file.slice(folder.length) : file
}

/** Explains an uncaught error in a sentence with file and line if it is a user's. Returns ours unchanged: a bug. */
function strayError(error: unknown, what: string): unknown {
  if (error instanceof UserError) return error
  const place = usersPlace(error)
  const text = error instanceof Error ? error.message : inspect(error)
  if (place !== undefined)
    return new UserError(`${shownPath(place.file)}, line ${place.line}: ${what}: ${text}`, { cause: error })
  // Node's own errors have no place, nor do thrown values that are not errors. This program awaits everything, and
  // throws only errors.
  if (placesIn(error).some(({ file }) => isOurs(file))) return error
  return new UserError(`in one of your files ${what}: ${text}`, { cause: error })
}

/** A user's file called `process.exit`. */
class ExitError extends UserError {
  override readonly name = 'ExitError'
}

/** Shields the process's exit and standard output from users' code, and catches its uncaught errors. */
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
