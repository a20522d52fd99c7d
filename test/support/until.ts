/**
 * Waits for a condition; an exception counts as "not yet". @throws Error that names the condition, and the last reason
 */
export async function until(
  what: string,
  is: () => boolean | Promise<boolean>,
  seconds = 10,
  every = 5,
): Promise<void> {
  const end = performance.now() + seconds * 1000
  let why = ''
  for (;;) {
    try {
      if (await is()) return
      why = ''
    } catch (error) {
      why = ` (${(error as Error).message})`
    }
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}${why}`)
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
