import { present } from '../compact.ts'

/** A queue that one side fills and the other iterates over. It has one reader at a time; a second one gets an error. */
export interface Queue<T> extends AsyncIterable<T> {
  push(value: T): void
  end(): void
  /** Resolves once a reader has caught up; at once if there is no reader. A fast producer awaits it. */
  room(): Promise<void>
}

/** A reader that is more than this many values behind makes the producer wait. */
const BEHIND = 5_000

/**
 * A queue of events. Up to `limit` unread values are kept, then the oldest are dropped, so that a program that only
 * awaits the result needs little memory.
 */
export function queue<T>(limit = 100_000): Queue<T> {
  let values: (T | undefined)[] = []
  let first = 0 // values before it have been read; shifting an array each time would be slow
  let ended = false
  let wake: (() => void) | undefined
  let read = false
  let caughtUp: (() => void)[] = []
  const shift = (): T => {
    const value = present(values[first])
    values[first++] = undefined
    if (values.length - first < BEHIND) {
      for (const go of caughtUp) go()
      caughtUp = []
    }
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
    room: async () => {
      if (read && values.length - first >= BEHIND) await new Promise<void>((resolve) => caughtUp.push(resolve))
    },
    async *[Symbol.asyncIterator]() {
      if (read) throw new TypeError('these events are already being read: they can be read only once')
      read = true
      try {
        for (;;) {
          while (values.length > first) yield shift()
          if (ended) return
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      } finally {
        read = false // a reader that stops early does not block the producer
        for (const go of caughtUp) go()
      }
    },
  }
}
