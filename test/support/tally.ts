/** The result of a load. */
export interface Load {
  readonly sent: number
  readonly lost: number
  /** Lost requests by kind: `503 GET 10.77.0.14`. */
  readonly kinds: Readonly<Record<string, number>>
  /**
   * When they were sent, in milliseconds since the start: the first and the last of each series of lost requests that
   * are at most 2 s apart.
   */
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly lost: number }[]
  /** For each target, the number of answers by responder. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** Targets that were removed or added, and when (milliseconds since the start). */
  readonly changes: readonly { readonly at: number; readonly target: string; readonly in: boolean }[]
}

/** Series of times that are at most 2 s apart. */
function gapsOf(times: readonly number[]): Load['gaps'] {
  const gaps: { from: number; to: number; lost: number }[] = []
  for (const time of times.map(Math.round).toSorted((a, b) => a - b)) {
    const last = gaps.at(-1)
    if (last !== undefined && time - last.to <= 2000) Object.assign(last, { to: time, lost: last.lost + 1 })
    else gaps.push({ from: time, to: time, lost: 1 })
  }
  return gaps
}

/** Counts answers and losses. Times are in milliseconds since the start. */
export class Tally {
  readonly began = performance.now()
  readonly changes: { at: number; target: string; in: boolean }[] = []
  readonly #kinds: Record<string, number> = {}
  readonly #losses: number[] = []
  readonly #answers: Record<string, Record<string, number>>
  readonly #times: number[] = []

  constructor(targets: readonly string[]) {
    this.#answers = Object.fromEntries(targets.map((target) => [target, {}]))
  }

  /** Records that a target was removed or added. */
  change(target: string, isIn: boolean): void {
    this.changes.push({ at: Math.round(performance.now() - this.began), target, in: isIn })
  }

  lose(kind: string, at: number): void {
    this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1
    this.#losses.push(at - this.began)
  }

  answer(target: string, who: string, at: number): void {
    const own = this.#answers[target] ?? {}
    this.#answers[target] = { ...own, [who]: (own[who] ?? 0) + 1 }
    this.#times.push(performance.now() - at)
  }

  load(sent: number): Load {
    const times = this.#times.toSorted((a, b) => a - b)
    const at = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10
    return {
      sent,
      lost: this.#losses.length,
      kinds: this.#kinds,
      gaps: gapsOf(this.#losses),
      answers: this.#answers,
      p50: at(0.5),
      p99: at(0.99),
      max: at(0.999999),
      changes: this.changes,
    }
  }
}
