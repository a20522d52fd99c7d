/**
 * What is there by the way the program is built: where it is missing, the mistake is the program's own.
 * @param what it is, for whoever reads the report of that mistake
 */
export function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is missing, which cannot be`)
  return value
}
