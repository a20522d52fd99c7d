import { message } from '../lib/message.ts'
/** The configuration file's content. */
export interface Config {
  /** Part of every service's ID. */
  readonly cluster: string
  /** The address of its services: this slave's address in the cluster. */
  readonly address: string
  /** The names that Marathon may use for this slave. */
  readonly hostnames: readonly string[]
  /** All instances of Marathon. */
  readonly marathon: readonly string[]
  /** A file with Marathon's `user:password`. */
  readonly credentials?: string
  readonly consul: string
  /** A file with Consul's ACL token. */
  readonly consulToken?: string
  /** The local Mesos agent. */
  readonly agent: string
  /** Where to write the status file. */
  readonly status: string
  readonly reconcileSeconds?: number
  readonly debounceMs?: number
}

const NEEDED = ['cluster', 'address', 'hostnames', 'marathon', 'consul', 'agent', 'status'] as const
const TEXTS = ['cluster', 'address', 'credentials', 'consul', 'consulToken', 'agent', 'status']
const LISTS = ['hostnames', 'marathon']
const NUMBERS = ['reconcileSeconds', 'debounceMs']
const URLS = ['marathon', 'consul', 'agent']

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isHttp = (value: unknown): boolean => isText(value) && /^https?:$/.test(protocolOf(value))

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol
  } catch {
    return ''
  }
}

/**
 * Reads the configuration.
 * @throws Error that names every mistake.
 */
export function parseConfig(text: string): Config {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(`it is not JSON: ${message(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is not an object')
  const mistakes = [
    ...NEEDED.filter((key) => value[key] === undefined).map((key) => `${key} is missing`),
    ...Object.entries(value).flatMap(([key, is]) => {
      if (LISTS.includes(key) && !(Array.isArray(is) && is.length > 0 && is.every(isText)))
        return [`${key} must be a list of texts`]
      if (TEXTS.includes(key) && !isText(is)) return [`${key} must be a text`]
      if (NUMBERS.includes(key) && !(typeof is === 'number' && is > 0)) return [`${key} must be a number above 0`]
      if (URLS.includes(key) && ![is].flat().every(isHttp)) return [`${key} must be of http:// or https://`]
      return [...TEXTS, ...LISTS, ...NUMBERS].includes(key) ? [] : [`${key} is not a known key`]
    }),
  ]
  if (mistakes.length > 0) throw new Error(mistakes.join('; '))
  return value as unknown as Config
}
