import { BackupError, UnreachableError } from '../../../backup/manifest.ts'
import { jsonLine, lookOf, paint } from '../../../report/index.ts'
import type { Io } from '../../io.ts'

/** Reports the progress of a backup or a restore, for people or for programs. */
export function reporter(io: Io, flags: { readonly json?: boolean | undefined; readonly color?: boolean | undefined }) {
  const line = (event: object): void => void io.stdout.write(`${jsonLine(event)}\n`)
  const look = lookOf(io.stdout, io.env, flags.color)
  return {
    /** A finished step of a component. */
    say(component: string, text: string): void {
      if (flags.json) line({ event: 'done', component, text })
      else io.stdout.write(`${paint('dim', component.padEnd(9), look)}  ${text}\n`)
    },
    /** The result: an object for programs, sentences for people. */
    ended(result: object, sentences: readonly string[]): void {
      if (flags.json) line({ event: 'end', ...result })
      else io.stdout.write(`\n${sentences.join('\n')}\n`)
    },
    /** Reports a failure. Returns the exit code; rethrows bugs. */
    failed(error: unknown): number {
      if (!(error instanceof BackupError || error instanceof UnreachableError)) throw error
      if (flags.json) line({ event: 'end', error: error.message })
      io.stderr.write(`${error.message}\n`)
      return error instanceof BackupError ? 1 : 4
    },
  }
}
