import type { HostResult } from '../../engine/events.ts'
import { bytes, count, duration, list } from '../../lib/units.ts'
import { isWell, outcomeStyle, outcomeWord, paint } from '../terminal/paint.ts'
import { clean, fit, type Look, pad, width, wrap } from '../terminal/text.ts'

/** The maximum width of wrapped text, in columns: longer lines are hard to read. */
export const MEASURE = 110

/** How many lines of a failed step's output to show. */
const LAST_LINES = 10

const allBytes = (results: readonly HostResult[]): number =>
  results.reduce((sum, r) => sum + r.cost.bytesUp + r.cost.bytesDown, 0)
const allExecs = (results: readonly HostResult[]): number => results.reduce((sum, r) => sum + r.cost.execs, 0)

/** `3 hosts in sync in 0.4 s (3 execs, 12 kB)`. */
export function inSyncLine(results: readonly HostResult[], ms: number, look: Look): string {
  const [first, ...others] = results
  const who = first && others.length === 0 ? clean(first.host, look) : count(results.length, 'host')
  return `${who} ${paint('green', 'in sync', look)} in ${duration(ms)} (${count(allExecs(results), 'exec')}, ${bytes(allBytes(results))})`
}

/** `1 changed, 1 in sync, 1 failed in 23 s`, in a fixed order of outcomes. */
export function totals(results: readonly HostResult[]): string {
  const order = ['changed', 'planned', 'in-sync', 'refused', 'blocked', 'unreachable', 'failed'] as const
  return order
    .map((outcome) => ({ outcome, n: results.filter((r) => r.outcome === outcome).length }))
    .filter(({ n }) => n > 0)
    .map(({ outcome, n }) => `${n} ${outcomeWord(outcome)}`)
    .join(', ')
}

function reasonLines({ reason, outcome }: HostResult): readonly string[] {
  if (reason) return reason.trimEnd().split('\n')
  return isWell(outcome) ? [] : ['no reason was given']
}

/** What went wrong on a host: the reason, the last lines of output, the pending restarts; wrapped to `columns`. */
export function trouble(result: HostResult, columns: number, look: Look): string[] {
  const room = Math.min(columns, MEASURE)
  const output = (result.output ?? []).slice(-LAST_LINES)
  const reason = reasonLines(result)
  const lines = reason.flatMap((line, i) =>
    wrap(clean(line, look) + (i === reason.length - 1 && output.length > 0 ? ' Its last lines:' : ''), room),
  )
  const shown = output.map((line) => `  ${fit(clean(line, look), Math.max(10, columns - 2), look)}`)
  const units = list(result.owed.map((unit) => clean(unit, look)))
  const owed =
    units === ''
      ? []
      : wrap(
          // The user who stopped the run knows what to do; any other outcome needs a hint.
          result.outcome === 'blocked'
            ? `A restart or reload is pending: ${units}.`
            : `Fix it and run the same command again: the pending restart or reload of ${units} is recorded.`,
          room,
        )
  return [...lines, ...shown.map((line) => paint('dim', line, look)), ...owed]
}

/** A reference to an earlier text is not worth it below this number of characters. */
const SHORT = 80

/** {@link trouble} of several hosts. A text that an earlier host already had only refers to that host. */
export function troubles(look: Look): (result: HostResult, columns: number) => string[] {
  const said = new Map<string, string>()
  return (result, columns) => {
    const lines = trouble(result, columns, look)
    const text = JSON.stringify([result.outcome, lines])
    const first = said.get(text)
    if (first === undefined) said.set(text, result.host)
    return first === undefined || lines.join(' ').length < SHORT
      ? lines
      : wrap(`the same as ${clean(first, look)}`, columns)
  }
}

/** Puts `lines` beside a first column. All lines but the first are indented. */
export const beside = (first: string, columns: number, lines: readonly string[]): string[] =>
  lines.map((line, i) => (i === 0 ? first : ' '.repeat(columns)) + line)

/** With less room than this beside a first column, text stands below it. */
const NARROW = 30

/** Puts text beside a first column, or below it on a narrow terminal. `text` makes its lines for a width. */
export function hanging(
  first: string,
  columns: number,
  look: Look,
  text: (columns: number) => readonly string[],
): readonly string[] {
  const room = look.columns - columns
  if (room >= NARROW) return beside(first, columns, text(room))
  return [first.trimEnd(), ...text(look.columns - 4).map((line) => `    ${line}`)]
}

/** The width of a column of names: at most 24 on a terminal, and less on a narrow one. */
export const nameColumn = (names: readonly string[], look: Look): number =>
  Math.min(
    look.columns === Number.POSITIVE_INFINITY ? look.columns : Math.min(24, Math.max(6, look.columns - 16)),
    Math.max(0, ...names.map((name) => width(clean(name, look)))),
  )

const warnings = (results: readonly HostResult[], names: number, look: Look): string[] =>
  results.flatMap((r) =>
    (r.plan?.warnings ?? []).flatMap((text) =>
      hanging(
        `${pad(fit(clean(r.host, look), names, look), names)}  ${paint('yellow', 'note', look)}  `,
        names + 8,
        look,
        (room) => wrap(clean(text, look), Math.min(room, MEASURE - names - 8)),
      ),
    ),
  )

const cells = (r: HostResult): string[] => [
  r.steps > 0 ? count(r.steps, 'step') : '',
  duration(r.ms),
  count(r.cost.execs, 'exec'),
  bytes(r.cost.bytesUp + r.cost.bytesDown),
]

/**
 * The end of a run's report: a line for each host, with its problems below, and the totals. Successful hosts come
 * first, so that problems are next to the prompt. Pure.
 */
export function recap(results: readonly HostResult[], ms: number, look: Look): string[] {
  const names = nameColumn(
    results.map((r) => r.host),
    look,
  )
  const notes = warnings(results, names, look)
  if (results.length > 0 && results.every((r) => r.outcome === 'in-sync'))
    return [...notes, inSyncLine(results, ms, look)]

  const rows = [...results.filter((r) => isWell(r.outcome)), ...results.filter((r) => !isWell(r.outcome))]
  const words = Math.max(0, ...rows.map((r) => outcomeWord(r.outcome).length))
  const widths = [0, 1, 2, 3].map((i) =>
    Math.max(0, ...rows.filter((r) => isWell(r.outcome)).map((r) => cells(r)[i]?.length ?? 0)),
  )
  const indent = names + words + 4
  const troubleOf = troubles(look)
  const lines = rows.flatMap((r) => {
    const word = outcomeWord(r.outcome)
    const first = `${pad(fit(clean(r.host, look), names, look), names)}  ${paint(outcomeStyle[r.outcome], word, look)}${' '.repeat(words - word.length + 2)}`
    if (!isWell(r.outcome)) return hanging(first, indent, look, (room) => troubleOf(r, room))
    const numbers = cells(r).flatMap((cell, i) => (widths[i] ? [pad(cell, widths[i], 'start')] : []))
    return hanging(first, indent, look, (room) => [
      ...(width(numbers.join('  ')) > room ? wrap(numbers.join(' '), room) : [numbers.join('  ')]),
      ...(r.reason || r.owed.length > 0 ? troubleOf(r, room) : []),
    ])
  })
  if (results.length === 1) return [...lines, ...notes]
  return [...lines, ...notes, '', ...wrap(`${totals(results)} in ${duration(ms)}`, Math.min(look.columns, MEASURE))]
}
