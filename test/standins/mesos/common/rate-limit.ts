/** Lets two through a second, the others wait their turn: libprocess does so with `/metrics/snapshot`. */
export function twoASecond(): () => Promise<void> {
  let next = 0
  return () => {
    const now = Date.now()
    const at = Math.max(now, next)
    next = at + 500
    return new Promise((resolve) => setTimeout(resolve, at - now))
  }
}
