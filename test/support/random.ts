/**
 * A reproducible source of numbers in [0, 1): the same seed gives the same numbers. Mulberry32, by Tommy Ettinger
 * (public domain).
 */
export function random(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * The seed of this run: `PROVISION_SEED`, or a new one; always the same one where `CI=true`, so that a change is not
 * refused for what another run would have found. Print it, so that the run can be repeated.
 */
export const seed = (): number =>
  Number(process.env.PROVISION_SEED ?? (process.env.CI === 'true' ? 101 : Math.floor(Math.random() * 2 ** 31)))
