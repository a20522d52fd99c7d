import { thousandths } from './numbers.ts'
import type { Range, Resource } from './proto.ts'

/** Amounts of resources by name; roles are told only when they are shown. */
export interface Amounts {
  readonly scalars: Readonly<Record<string, number>>
  readonly ranges: Readonly<Record<string, readonly Range[]>>
}

export const NOTHING: Amounts = { scalars: {}, ranges: {} }

/** Amounts from a list of resources. */
export function amountsOf(resources: readonly Resource[]): Amounts {
  return sum(
    resources.map((r) => ({
      scalars: r.type === 'SCALAR' ? { [r.name]: r.scalar?.value ?? 0 } : {},
      ranges: r.type === 'RANGES' ? { [r.name]: r.ranges?.range ?? [] } : {},
    })),
  )
}

export const sum = (all: readonly Amounts[]): Amounts =>
  all.reduce(
    (a, b) =>
      combine(
        a,
        b,
        (x, y) => x + y,
        (x, y) => tidy([...x, ...y]),
      ),
    NOTHING,
  )

/** What is left of `a` without `b`. */
export const minus = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x - y, without)

/** True where `a` holds all of `b`. */
export const holds = (a: Amounts, b: Amounts): boolean =>
  Object.entries(b.scalars).every(([name, value]) => (a.scalars[name] ?? 0) >= value - 1e-9) &&
  Object.entries(b.ranges).every(([name, ranges]) => without(ranges, a.ranges[name] ?? []).length === 0)

export const isNothing = (a: Amounts): boolean =>
  Object.values(a.scalars).every((value) => value <= 0) &&
  Object.values(a.ranges).every((ranges) => ranges.length === 0)

function combine(
  a: Amounts,
  b: Amounts,
  scalar: (x: number, y: number) => number,
  range: (x: readonly Range[], y: readonly Range[]) => readonly Range[],
): Amounts {
  const names = <T>(x: Readonly<Record<string, T>>, y: Readonly<Record<string, T>>) => [
    ...new Set([...Object.keys(x), ...Object.keys(y)]),
  ]
  return {
    scalars: Object.fromEntries(
      names(a.scalars, b.scalars).map((n) => [n, thousandths(scalar(a.scalars[n] ?? 0, b.scalars[n] ?? 0))]),
    ),
    ranges: Object.fromEntries(names(a.ranges, b.ranges).map((n) => [n, range(a.ranges[n] ?? [], b.ranges[n] ?? [])])),
  }
}

/** Ranges in order, neighbours joined. */
export function tidy(ranges: readonly Range[]): Range[] {
  const out: Range[] = []
  for (const range of [...ranges].sort((a, b) => a.begin - b.begin)) {
    const last = out.at(-1)
    if (last && range.begin <= last.end + 1)
      out[out.length - 1] = { begin: last.begin, end: Math.max(last.end, range.end) }
    else out.push(range)
  }
  return out
}

function without(from: readonly Range[], taken: readonly Range[]): Range[] {
  return tidy(taken).reduce<Range[]>(
    (left, { begin, end }) =>
      left.flatMap((r) => {
        if (end < r.begin || begin > r.end) return [r]
        const parts = [
          { begin: r.begin, end: begin - 1 },
          { begin: end + 1, end: r.end },
        ]
        return parts.filter((p) => p.begin <= p.end)
      }),
    tidy(from),
  )
}
