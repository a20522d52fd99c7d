/**
 * A function that does its work when it is first called, and gives that result ever after. What was thrown is thrown
 * again only by doing the work again.
 */
export function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}
