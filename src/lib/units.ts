import { brief } from './message.ts'

/** A duration for users: `0.4 s`, `21 s`, `3 m 20 s`, `2 h 5 m`. Below ten seconds it has one decimal. */
export function duration(ms: number): string {
  const s = Math.max(0, ms) / 1000
  if (s < 9.95) return `${s.toFixed(1)} s`
  return wholeSeconds(Math.round(s) * 1000)
}

/** A duration without decimals, for clocks that tick: `0 s`, `12 s`. */
export function wholeSeconds(ms: number): string {
  const s = Math.floor(Math.max(0, ms) / 1000)
  if (s < 120) return `${s} s`
  const m = Math.floor(s / 60)
  if (m < 60) return s % 60 === 0 ? `${m} m` : `${m} m ${s % 60} s`
  return m % 60 === 0 ? `${m / 60} h` : `${Math.floor(m / 60)} h ${m % 60} m`
}

/** An amount of data for users, in powers of 1000: `812 B`, `14 kB`, `1.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`
  if (count < 999_500) return `${Math.round(count / 1000)} kB`
  const mega = count / 1e6
  return `${mega < 10 ? mega.toFixed(1) : Math.round(mega)} MB`
}

/** `1 host`, `2 hosts`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** The name of a step while it runs: `file /etc/x`, or `package curl and 5 more` if it includes its neighbours. */
export const stepName = ({
  resource,
  count: steps = 1,
}: {
  readonly resource: string
  readonly count?: number
}): string => (steps > 1 ? `${brief(resource)} and ${steps - 1} more` : brief(resource))

/** `a`, `a and b`, `a, b and c`. */
export const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
