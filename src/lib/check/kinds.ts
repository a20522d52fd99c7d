import { isObject } from '../json.ts'

/** `Object`, or the class of a value that is not a plain object: a Promise that was not awaited, a Map, a Date. */
export const kindOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)

/** An object as a message shows it. */
function shownObject(kind: string): string {
  if (kind === 'Promise') return 'a Promise; await it'
  return kind === 'Object' ? 'an object' : `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind}`
}

/** A value as a message shows it at its end. */
export const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list'
  if (isObject(value)) return shownObject(kindOf(value))
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint' || typeof value === 'symbol') return `a ${typeof value}`
  const text = (typeof value === 'number' ? String(value) : JSON.stringify(value)) ?? 'nothing'
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

/** Readable names for valibot's kinds of values. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list [ … ]',
  Object: 'an object { … }',
  Secret: 'a secret',
  Script: 'a script',
  Uint8Array: 'bytes',
  URL: 'a URL',
}

/** Renders `(string | Array)` as `text or a list [ … ]`. */
export const wantedKinds = (expected: string): string =>
  expected
    .replace(/^\(|\)$/g, '')
    .split(' | ')
    .map((kind) => KINDS[kind] ?? kind)
    .join(' or ')

/** A message for a schema: what the value must be, and what it is. */
export const mustBe =
  (wanted: string) =>
  ({ input }: { readonly input: unknown }): string =>
    `must be ${wanted}, not ${shown(input)}`
