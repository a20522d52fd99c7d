import type { Outcome } from './outcome.ts'
import { spoken } from './plan.ts'
import type { Suite } from './suites.ts'

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '    ')

/** The progress of a run. */
export interface Progress {
  readonly done: number
  readonly of: number
  readonly secondsLeft: number
}

/** A file's line and, if it failed, its whole output. */
export function suiteLines(
  suite: Suite,
  outcome: Outcome,
  seconds: number,
  output: string,
  { done, of, secondsLeft }: Progress,
): string {
  const { passed, failed, problem, failures } = outcome
  const words = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} FAILED`] : []),
    ...(problem === undefined ? [] : [problem]),
  ]
  const where =
    of > 1
      ? `${String(done).padStart(String(of).length)}/${of} ${done < of ? `~${spoken(secondsLeft)} left`.padEnd(12) : ' '.repeat(12)} `
      : ''
  const line = `${where}${suite.name.padEnd(48)} ${words.join(', ')}  (${seconds.toFixed(1)} s)`
  return failed > 0 ? [line, indent(output), ...failures.map(indent), ''].join('\n') : line
}

/** The totals of a run. */
export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The end of a run: what was not run, and the totals on the last line. */
export function lastLines(notRun: readonly string[], ci: boolean, { passed, failed, skipped }: Totals): string {
  const list = `\nnot run here${ci ? ' (a failure where CI=true)' : ''}:\n${notRun.map((each) => `  ${each}`).join('\n')}\n`
  return `${notRun.length > 0 ? list : ''}${passed} passed, ${failed} failed, ${skipped} skipped`
}
