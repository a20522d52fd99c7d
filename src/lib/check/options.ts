import { didYouMean } from '../did-you-mean.ts'
import { isObject } from '../json.ts'
import { shown } from './kinds.ts'

const isText = (value: unknown): boolean => typeof value === 'string'
const isWhole = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && Number(value) >= least
const has = (value: unknown, method: string): boolean =>
  isObject(value) && typeof Reflect.get(value, method) === 'function'

/** What an argument may be, and how a sentence names that. */
const KINDS = {
  boolean: [(value) => typeof value === 'boolean', 'true or false'],
  count: [(value) => isWhole(value, 1), 'a whole number of at least 1'],
  number: [(value) => isWhole(value, 0), 'a whole number of at least 0'],
  milliseconds: [(value) => typeof value === 'number' && value >= 0, 'a number of milliseconds'],
  text: [isText, 'text'],
  texts: [(value) => Array.isArray(value) && value.every(isText), 'a list of texts'],
  list: [Array.isArray, 'a list'],
  object: [(value) => isObject(value) && !has(value, 'then'), 'an object'],
  function: [(value) => typeof value === 'function', 'a function'],
  signal: [(value) => value instanceof AbortSignal, 'the signal of an AbortController'],
  map: [(value) => value instanceof Map, 'a Map'],
  transport: [(value) => has(value, 'connect'), 'what createTransport returns'],
  facts: [(value) => has(value, 'get') && has(value, 'set'), 'an object with the functions get and set'],
  front: [(value) => has(value, 'leave') && has(value, 'join'), 'an object with the functions leave and join'],
  cluster: [(value) => has(value, 'withRole'), 'a cluster, which loadInventory and parseInventory give'],
} as const satisfies Record<string, readonly [fits: (value: unknown) => boolean, wants: string]>

/** A kind of argument; with `!`, one that must be given. */
export type Kind = keyof typeof KINDS | `${keyof typeof KINDS}!`

type Callable = (...given: never[]) => unknown

/** The kinds that fit a type: a function is not checked as an object. */
type KindOf<V> = [V] extends [boolean]
  ? 'boolean'
  : [V] extends [number]
    ? 'count' | 'number' | 'milliseconds'
    : [V] extends [string]
      ? 'text'
      : [V] extends [readonly string[]]
        ? 'texts'
        : [V] extends [readonly unknown[]]
          ? 'list'
          : [V] extends [AbortSignal]
            ? 'signal'
            : [V] extends [Callable]
              ? 'function'
              : [V] extends [{ readonly size: number }]
                ? 'map'
                : 'object' | 'transport' | 'facts' | 'front' | 'cluster'

/** The kinds of all options of a type: the compiler finds a forgotten one, and one of another kind. */
export type Kinds<T> = {
  readonly [K in keyof Required<T>]: KindOf<NonNullable<T[K]>> | `${KindOf<NonNullable<T[K]>>}!`
}

/** Checks an argument of a function of the library. @throws TypeError: one sentence */
export function checkArgument(of: string, name: string, value: unknown, kind: Kind): void {
  const [fits, wants] = KINDS[kind.replace('!', '') as keyof typeof KINDS]
  if (value === undefined && !kind.endsWith('!')) return
  if (!fits(value))
    throw new TypeError(`${of}: ${name} must be ${wants}, not ${value === undefined ? 'undefined' : shown(value)}`)
}

/**
 * Checks the options of a function of the library. A misspelt one must not be ignored: without `hosts`, a run is about
 * all hosts.
 * @throws TypeError: one sentence about the first mistake
 */
export function checkOptions<T extends object>(of: string, options: T, kinds: Kinds<T>): void {
  checkArgument(of, 'its options', options, 'object!')
  const known = Object.keys(kinds)
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(kinds, key))
  if (unknown !== undefined)
    throw new TypeError(
      `${of} has no option "${unknown}"${didYouMean(unknown, known) || `; it has ${known.join(', ')}`}`,
    )
  for (const [name, kind] of Object.entries<Kind>(kinds)) checkArgument(of, name, Reflect.get(options, name), kind)
}

/** What hosts are compared by. */
interface Named {
  readonly name: string
  readonly address: string
}

/** Checks that hosts belong to a cluster. @throws TypeError: one sentence about the first that does not */
export function checkHosts(
  of: string,
  hosts: readonly Named[] | undefined,
  { hosts: own, leaving = [] }: { readonly hosts: readonly Named[]; readonly leaving?: readonly Named[] },
): void {
  const addresses = new Map([...own, ...leaving].map(({ name, address }) => [name, address]))
  const wrong = (hosts ?? []).findIndex((host) => !isObject(host) || addresses.get(host.name) !== host.address)
  if (wrong >= 0)
    throw new TypeError(
      `${of}: hosts[${wrong}] is not a host of the cluster: take hosts from cluster.hosts, or from select`,
    )
}
