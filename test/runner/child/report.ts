import { writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** A running test file's messages to the runner, one JSON text per line. */
export type Report =
  | { readonly kind: 'suite'; readonly tests: number; readonly skipped: number }
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly what: string; readonly error: string }
  /** A suite has ended, including its hooks. */
  | { readonly kind: 'ended' }
  /** All suites have ended, but the process has not, for so many seconds, because of what is open. */
  | { readonly kind: 'lingers'; readonly seconds: number; readonly open: readonly string[] }

/** The descriptor that the runner reads. */
export const REPORTS = 3

/** The descriptor that closes when the runner ends. */
const RUNNER = 4

/** Ends this process and its children with the runner: nobody would end a killed runner's files. */
export function endWithRunner(): void {
  const runner = new Socket({ fd: RUNNER, readable: true, writable: false })
  runner.on('error', () => {}).on('close', () => process.kill(0, 'SIGKILL'))
  runner.resume().unref()
}

let failures = 0

/** Has something failed in this process? */
export const hasFailed = (): boolean => failures > 0

/** Tells the runner synchronously, so that a report is not lost if the process ends right afterwards. */
export function tell(report: Report): void {
  if (report.kind === 'failed') failures++
  writeSync(REPORTS, `${JSON.stringify(report)}\n`)
}
