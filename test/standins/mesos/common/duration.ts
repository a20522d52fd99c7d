const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  secs: 1000,
  mins: 60_000,
  hrs: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000,
}

/** Reads Mesos' durations (`15secs`, `1.5hrs`), in milliseconds. @throws Error in its words */
export function parseDuration(text: string): number {
  const found = /^(-?[\d.]+)([a-z]+)$/.exec(text)
  if (!found) throw new Error(`Invalid duration '${text}'`)
  const unit = UNITS[found[2] as string]
  if (unit === undefined) throw new Error(`Unknown duration unit '${found[2]}'`)
  const value = Number(found[1])
  if (Number.isNaN(value)) throw new Error(`Failed to convert '${found[1]}' to number`)
  return value * unit
}

const WORDS: readonly (readonly [string, number])[] = Object.entries(UNITS).reverse()

/** Milliseconds as Mesos prints them: in the largest unit that they are a whole number of. */
export function printDuration(ms: number): string {
  const [unit, size] = WORDS.find(([, each]) => ms !== 0 && Number.isInteger(ms / each)) ?? (['ns', 1e-6] as const)
  return `${ms / size}${unit}`
}
