import { realpathSync, writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { codeOf } from '../lib/message.ts'
import { isOurs, placesIn, usersPlace } from '../lib/place.ts'
import { UserError } from '../lib/user-error.ts'
import { guardDescriptor } from './descriptor.ts'
import { explain } from './explain.ts'

/** Guards the process against users' files, which share it: they must neither end it nor print to its output. */
export interface Stray {
  /** Aborted on the first error: no new step starts. */
  readonly signal: AbortSignal
  /** Errors outside everything that is awaited. */
  readonly errors: readonly unknown[]
  /** Ends the process; a recipe's `process.exit` does not. */
  readonly exit: (code: number) => never
}

/** A user's file called `process.exit`. */
class ExitError extends UserError {
  override readonly name = 'ExitError'
}

/** Seconds that users' handlers of the process's end have. */
const AT_END = 5

const shownPath = (file: string): string => {
  const folder = `${realpathSync(process.cwd())}/`
  return file.startsWith(folder) ? file.slice(folder.length) : file
}

/** Explains an uncaught error in a sentence with file and line if it is a user's. Returns ours unchanged: a bug. */
function strayError(error: unknown, what: string): unknown {
  if (error instanceof UserError && !(error instanceof ExitError)) return error
  const place = usersPlace(error)
  const text = error instanceof Error ? error.message : inspect(error)
  if (place !== undefined)
    return new UserError(`${shownPath(place.file)}, line ${place.line}: ${what}: ${text}`, { cause: error })
  // Node's own errors have no place, nor do thrown values that are not errors. This program awaits everything, and
  // throws only errors.
  if (placesIn(error).some(({ file }) => isOurs(file))) return error
  return new UserError(`in one of your files ${what}: ${text}`, { cause: error })
}

/**
 * Calls the handlers of the process's end, which may be users', and takes them away.
 * @returns the error of one that throws or does not end
 */
function callExitHandlers(code: number): unknown {
  try {
    // a script's time limit also holds for the functions that it calls
    runInNewContext('emit()', { emit: () => process.emit('exit', code) }, { timeout: AT_END * 1000 })
    return undefined
  } catch (error) {
    if (codeOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') return strayError(error, "process.on('exit')")
    return new UserError(`in one of your files process.on('exit') does not end within ${AT_END} s`)
  } finally {
    process.removeAllListeners('exit')
  }
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

  const original = process.exit.bind(process)
  const exit = (code: number): never => {
    const error = process.listenerCount('exit') === 0 ? undefined : callExitHandlers(code)
    if (error === undefined) return original(code)
    const { text, code: worse } = explain(error, { env: process.env })
    writeSync(2, text)
    return original(code === 0 ? worse : code)
  }
  process.exit = (code) => {
    if (usersPlace(new Error()) === undefined) return exit(Number(code ?? process.exitCode ?? 0))
    throw new ExitError('process.exit must not be called here')
  }
  guardDescriptor()
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr })
  return { signal: stop.signal, errors, exit }
}
