/** In how many parts a limit is waited for. */
const PARTS = 4
/** The longest part, in milliseconds. Of limits within one another, each counts the same: their parts are as long. */
const LONGEST = 250

/**
 * Calls `late` once this process has waited for somebody else that many milliseconds. Time in which the process itself
 * stood still (a machine with no CPU to spare, `^Z`) hardly counts: the answer may have come meanwhile, unread. So each
 * part of the time counts as twice its length at most, and what has come is read before anybody is called late.
 * @returns what ends the wait
 */
export function waitAtMost(ms: number, late: () => void): () => void {
  const part = Math.min(ms / PARTS, LONGEST)
  let left = ms
  let began = performance.now()
  let over = false
  const look = (): void => {
    const now = performance.now()
    left -= Math.min(now - began, 2 * part)
    began = now
    if (left > 0) timer = setTimeout(look, Math.min(part, left))
    else
      setImmediate(() => {
        if (!over) late()
      })
  }
  let timer = setTimeout(look, part)
  return () => {
    over = true
    clearTimeout(timer)
  }
}
