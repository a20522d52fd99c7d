/**
 * The limit of a wait that looks again and again. A look may take longer than what is waited for, so the last one
 * begins after the time is up: what happened in time is always seen. Call the result at the beginning of each look.
 * @returns whether the look that begins now is the last one
 */
export function timeLimit(ms: number, now: () => number = () => performance.now()): () => boolean {
  const end = now() + ms
  return () => now() >= end
}
