import type { Report } from './child/report.ts'

/** The outcome of a test file. */
export interface Outcome {
  readonly passed: number
  readonly failed: number
  /** What this machine could not run. */
  readonly notRun: readonly string[]
  /** Why the file failed, apart from its tests. */
  readonly problem?: string
  /** Failures that the file's own output does not show. */
  readonly failures: readonly string[]
}

/** How a file's process ended. */
export interface Ended {
  readonly exit: number | null
  /** The limit in seconds, if it was killed because no test had ended for so long. */
  readonly late?: number
  readonly output: string
  /** What it has written into its working directory and left there. */
  readonly left: readonly string[]
}

const only = <K extends Report['kind']>(reports: readonly Report[], kind: K): Extract<Report, { kind: K }>[] =>
  reports.filter((report): report is Extract<Report, { kind: K }> => report.kind === kind)

/** What its tests printed about what they could not run: `not run here: …`. */
const saidNotRun = (output: string): string[] =>
  [...output.matchAll(/not run here: *(.+)$/gm)].map((found) => found[1] as string)

/** Determines a file's outcome from its reports. */
export function outcomeOf(reports: readonly Report[], { exit, late, output, left }: Ended): Outcome {
  const suites = only(reports, 'suite')
  const failures = only(reports, 'failed')
  const passed = only(reports, 'passed').length
  const total = suites.reduce((sum, suite) => sum + suite.tests, 0)
  const skipped = suites.reduce((sum, suite) => sum + suite.skipped, 0)
  const notRun = [...saidNotRun(output), ...(skipped > 0 ? [`${skipped} tests that the file itself skips`] : [])]
  const over = suites.length > 0 && only(reports, 'ended').length === suites.length
  const failed = (count: number, problem?: string): Outcome => ({
    ...{
      passed,
      failed: count,
      notRun,
      failures: over ? [] : failures.map(({ what, error }) => `"${what}"\n${error}`),
    },
    ...(problem !== undefined && { problem }),
  })
  if (late !== undefined) return failed(failures.length + 1, `no result for ${late} s`)
  if (total === 0 && exit === 0) return notRun.length > 0 ? failed(0) : failed(1, 'ran no test: is .run() missing?')
  if (!over) return failed(failures.length + 1, `ended before its tests did (exit ${exit})`)
  const [lingers] = only(reports, 'lingers')
  if (lingers !== undefined)
    return failed(
      failures.length + 1,
      `still running ${lingers.seconds} s after its tests; open: ${lingers.open.join(', ') || 'nothing that Node knows'}`,
    )
  const hooks = failures.length - Math.min(failures.length, total - passed) // failures outside tests
  const count = Math.max(total - passed, 0) + hooks
  if (left.length > 0) return failed(count + 1, `it has left in its working directory: ${left.join(', ')}`)
  return count === 0 && exit !== 0 ? failed(1, `every test passed, yet it ended with exit ${exit}`) : failed(count)
}
