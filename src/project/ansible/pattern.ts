import { isIP } from 'node:net'
import { present } from '../../lib/compact.ts'

/** More names than this are surely a typing mistake. */
const MOST = 10_000

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** The names in a pattern, or why it is invalid. */
export type Expanded = { readonly names: readonly string[] } | { readonly wrong: string }

const wrong = (range: string, why: string): Expanded => ({ wrong: `the range [${range}] ${why}` })

/** The members of one range: `01:10`, `a:f`, `1:9:2`; includes both ends. */
function members(range: string): Expanded {
  const [, from = '', to = '', by = '1'] = /^(\w*):(\w*)(?::(\d+))?$/.exec(range) ?? []
  if (to === '') return wrong(range, 'has no end: write [1:9] or [a:f]')
  const step = Number(by)
  if (step === 0) return wrong(range, 'has a step of 0')
  const begin = from === '' ? '0' : from
  const letters = /^[A-Za-z]$/.test(begin) && /^[A-Za-z]$/.test(to)
  if (!letters && !(/^\d+$/.test(begin) && /^\d+$/.test(to)))
    return wrong(range, 'is neither a range of numbers nor a range of letters')
  const [first, last] = letters ? [LETTERS.indexOf(begin), LETTERS.indexOf(to)] : [Number(begin), Number(to)]
  if (first > last) return wrong(range, 'ends before it begins')
  const padded = !letters && begin.length > 1 && begin.startsWith('0')
  if (padded && begin.length !== to.length) return wrong(range, 'has ends of different lengths')
  const size = Math.floor((last - first) / step) + 1
  if (size > MOST) return wrong(range, `has more than ${MOST} members`)
  const shown = (n: number): string => {
    if (letters) return present(LETTERS[n])
    return padded ? String(n).padStart(begin.length, '0') : String(n)
  }
  return { names: Array.from({ length: size }, (_, i) => shown(first + i * step)) }
}

/** Expands a pattern to names. Pure. */
export function expand(pattern: string): Expanded {
  const address = /^\[([^\]]*)\]$/.exec(pattern)?.[1]
  if (address !== undefined && isIP(address) === 6) return { names: [address] }
  const [, before = '', range, after = ''] = /^([^[\]]*)\[([^[\]]*)\](.*)$/s.exec(pattern) ?? []
  if (range === undefined) {
    const odd = /[[\]]/.test(pattern) || pattern === ''
    return odd ? { wrong: `"${pattern}" is not the name of a host` } : { names: [pattern] }
  }
  if (!range.includes(':')) return wrong(range, 'has no end: write [1:9] or [a:f]')
  const here = members(range)
  if ('wrong' in here) return here
  const rest = after === '' ? { names: [''] } : expand(after)
  if ('wrong' in rest) return rest
  if (here.names.length * rest.names.length > MOST) return wrong(range, `makes more than ${MOST} names`)
  return { names: here.names.flatMap((name) => rest.names.map((end) => `${before}${name}${end}`)) }
}

/** Splits a pattern from the port after it: `web.example.com:2222`. */
export function splitPort(pattern: string): { readonly pattern: string; readonly port: number | undefined } {
  const [, name, port] = /^((?:\[[^\]]*\]|[^:[\]])+):(\d+)$/.exec(pattern) ?? []
  return name === undefined ? { pattern, port: undefined } : { pattern: name, port: Number(port) }
}
