/**
 * A function that does its work when it is first called, and returns the same result ever after. If the work throws,
 * the next call tries again.
 */
export function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}
