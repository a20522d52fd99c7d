import { clean, type Look, pad, paint, type Style, width, wrap } from '../../report/index.ts'

/** The maximum width of the last column. */
const MEASURE = 110

/**
 * A table with a heading: each column is as wide as its widest cell, and the last one is wrapped. `style` colours a
 * row's last cell.
 */
export function rows(
  heading: readonly string[],
  cells: readonly (readonly string[])[],
  look: Look,
  style?: (row: number) => Style | undefined,
): string[] {
  const safe = cells.map((row) => row.map((cell) => clean(cell, look)))
  const widths = heading.map((title, i) => Math.max(width(title), ...safe.map((row) => width(row[i] ?? ''))))
  const indent = widths.slice(0, -1).reduce((sum, w) => sum + w + 2, 0)
  const lead = (row: readonly string[]): string =>
    row
      .slice(0, -1)
      .map((cell, i) => `${pad(cell, widths[i] ?? 0)}  `)
      .join('')
  const title = paint('dim', (lead(heading) + heading.at(-1)).trimEnd(), look)
  return [
    title,
    ...safe.flatMap((row, n) => {
      const colour = style?.(n)
      const last = wrap(row.at(-1) ?? '', Math.min(look.columns, MEASURE) - indent).map((line) =>
        colour ? paint(colour, line, look) : line,
      )
      return last.map((line, i) => ((i === 0 ? lead(row) : ' '.repeat(indent)) + line).trimEnd())
    }),
  ]
}
