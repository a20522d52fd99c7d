/** Milliseconds without an answer after which the next host is asked as well. */
const IMPATIENT = 500

/**
 * Asks hosts in turn, and no longer waits for one alone that takes long: a host that is off must not cost the time of
 * the others. The order of hosts decides who is asked first, not whose answer counts.
 * @param ask returns `undefined` where a host's answer is of no use; is told when another host's was
 * @param impatient milliseconds; infinite: one host after the other
 * @returns the first answer; `undefined` if there is none
 */
export const firstOf = <H, T>(
  hosts: readonly H[],
  ask: (host: H, signal: AbortSignal) => Promise<T | undefined>,
  impatient = IMPATIENT,
): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const over = new AbortController()
    const left = [...hosts]
    let open = 0
    let timer: NodeJS.Timeout | undefined
    const end = (how: () => void): void => {
      clearTimeout(timer)
      left.length = 0
      how()
      over.abort()
    }
    const next = (): void => {
      clearTimeout(timer)
      const host = left.shift()
      if (host === undefined) return
      open++
      if (Number.isFinite(impatient)) timer = setTimeout(next, impatient)
      ask(host, over.signal).then(
        (answer) => {
          open--
          if (answer !== undefined || (open === 0 && left.length === 0)) end(() => resolve(answer))
          else next()
        },
        (error) => end(() => reject(error)),
      )
    }
    if (left.length === 0) resolve(undefined)
    next()
  })
