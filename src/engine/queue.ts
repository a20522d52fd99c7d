/** A queue that one side fills and the other iterates over; it can be read by one reader. */
export interface Queue<T> extends AsyncIterable<T> {
  push(value: T): void
  end(): void
}

/**
 * A queue of events. What nobody has read yet is kept up to `limit` values, then the oldest go: a program that only awaits the result pays
 * little memory for events that it never reads.
 */
export function queue<T>(limit = 100_000): Queue<T> {
  let values: (T | undefined)[] = []
  let first = 0 // those before it have been read; an array that loses its first value again and again is slow
  let ended = false
  let wake: (() => void) | undefined
  const shift = (): T => {
    const value = values[first] as T
    values[first++] = undefined
    if (first > 1000 && first * 2 > values.length) {
      values = values.slice(first)
      first = 0
    }
    return value
  }
  return {
    push(value) {
      values.push(value)
      if (values.length - first > limit) shift()
      wake?.()
    },
    end() {
      ended = true
      wake?.()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (values.length > first) yield shift()
        if (ended) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
