/**
 * How many letters must be inserted, deleted, replaced or swapped with their neighbour to turn one word into the other.
 */
export function distance(a: string, b: string): number {
  // each row: the distance of the first `i` letters of `a` to the first `j` of `b`
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  const far = Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const { [j]: above = far, [j - 1]: diagonal = far } = last
      const { [j - 1]: left = far } = row
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = swaps ? (before[j - 2] ?? far) + 1 : far
      row.push(Math.min(above + 1, left + 1, diagonal + (a[i - 1] === b[j - 1] ? 0 : 1), swapped))
    }
    before = last
    last = row
  }
  return last.at(-1) ?? 0
}

/**
 * The known word that was probably meant: at most a third of its letters differ, regardless of case. Undefined if there
 * is none.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase())
    if (d < least && d <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)))
      [best, least] = [candidate, d]
  }
  return best
}

/** `; did you mean "address"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const best = nearest(word, known)
  return best === undefined ? '' : `; did you mean "${best}"?`
}
