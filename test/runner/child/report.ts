import { writeSync } from 'node:fs'

/** What a test file tells the runner, one JSON text a line, while it runs. */
export type Report =
  | { readonly kind: 'suite'; readonly tests: number; readonly skipped: number }
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly what: string; readonly error: string }
  /** A suite has come to its end, hooks and all. */
  | { readonly kind: 'ended' }

/** The descriptor that the runner listens at. */
export const REPORTS = 3

/** Tells the runner at once: whatever ends the process in the next moment, this has been said. */
export const tell = (report: Report): void => void writeSync(REPORTS, `${JSON.stringify(report)}\n`)
