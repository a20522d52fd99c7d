/**
 * A function that does its work on the first call and then always returns that result. If the work throws, the next
 * call tries again.
 */
export function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}
