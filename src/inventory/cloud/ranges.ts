import type { Fault } from '../../lib/check.ts'
import { isObject, type Json, object } from '../../lib/json.ts'
import { type Path, showPath } from '../../lib/json-path.ts'
import type { Mistake } from '../../model/recipe.ts'

/** The most hosts that one key may expand to. */
const MOST = 1000

const RANGE = /^(.*?)(\d+)\.\.(\d+)$/

/** A document with expanded host ranges. */
export interface WrittenOut {
  readonly value: unknown
  /** Converts a path in `value` to the path in the file. */
  back(path: Path): Path
  /** The same for a mistake, whose path is text. */
  told(mistake: Mistake): Mistake
  readonly faults: readonly Fault[]
}

/** The names in a key: `slave-1..3` is slave-1, slave-2, slave-3; or why it is invalid. */
export function namesOf(key: string): readonly string[] | string {
  const [, before = '', first = '', last = ''] = RANGE.exec(key) ?? []
  if (first === '') return [key]
  const count = Number(last) - Number(first) + 1
  if (count < 1) return `ends before it begins: write ${before}${last}..${first}`
  if (count > MOST) return `stands for ${count} hosts, and may stand for ${MOST} at most`
  return Array.from({ length: count }, (_, i) => before + String(Number(first) + i).padStart(first.length, '0'))
}

const OWN = ['address', 'privateAddress'] as const
const NOT_SHARED = Object.fromEntries(OWN.map((key) => [key, undefined]))

/** Settings that the hosts of a range cannot share. */
const shared = (key: string, settings: unknown, count: number): Fault[] =>
  OWN.filter((own) => count > 1 && isObject(settings) && settings[own] !== undefined).map((own) => ({
    path: ['hosts', key, own],
    message: `cannot be the same for ${count} hosts: write each of them by itself`,
  }))

/** Expands host ranges. Keeps everything else. */
export function writeOut(document: unknown): WrittenOut {
  const written = object(object(document).hosts)
  if (!Object.keys(written).some((key) => RANGE.test(key)))
    return { value: document, back: (path) => path, told: (mistake) => mistake, faults: [] }
  const hosts = new Map<string, unknown>()
  const keys = new Map<string, string>()
  const faults: Fault[] = []
  for (const [key, settings] of Object.entries(written)) {
    const names = namesOf(key)
    if (typeof names === 'string') {
      faults.push({ path: ['hosts', key], message: names })
      continue
    }
    faults.push(...shared(key, settings, names.length))
    const each = names.length > 1 && isObject(settings) ? { ...settings, ...NOT_SHARED } : settings
    for (const name of names) {
      const other = keys.get(name)
      if (other !== undefined)
        faults.push({ path: ['hosts', key], message: `contains ${name}, and so does "${other}"` })
      keys.set(name, other ?? key)
      if (!hosts.has(name)) hosts.set(name, each)
    }
  }
  const value: Json = { ...object(document), hosts: Object.fromEntries(hosts) }
  return {
    value,
    back: ([first, name, ...rest]) => {
      const key = first === 'hosts' ? keys.get(String(name)) : undefined
      return [first, key ?? name, ...rest].filter((part) => part !== undefined)
    },
    told: ({ path, message }) => ({
      path: path.replace(/^hosts\.([a-z0-9-]+)/, (whole, name) => {
        const key = keys.get(name)
        return key === undefined ? whole : showPath(['hosts', key])
      }),
      message,
    }),
    faults,
  }
}
