import { fieldsOf } from './read.ts'

/**
 * An object with its fields in the order of its type; what the type does not know is dropped, as the real one drops it.
 */
export const ordered = <T extends object>(type: string, value: T): T => {
  const given = value as Record<string, unknown>
  return Object.fromEntries(
    fieldsOf(type).flatMap((name) => (given[name] === undefined || given[name] === null ? [] : [[name, given[name]]])),
  ) as T
}
