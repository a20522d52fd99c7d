import type { Facts } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

/** The properties of an agent that it cannot change while it has tasks. */
export interface Identity {
  readonly hostname: string
  readonly port: number
  readonly attributes: Readonly<Record<string, Value>>
  readonly resources: Readonly<Record<string, Value>>
}

/** A scalar, ranges of whole numbers, or text. */
export type Value = number | string | readonly (readonly [from: number, to: number])[]

const GIB = 1024 ** 3

/**
 * Memory for tasks, in MiB: all but 1 GiB, like Mesos' own default. Rounded, so that a new kernel that uses a few
 * kilobytes more does not count as a smaller host.
 */
export const memoryFor = (bytes: number): number => {
  const rest = bytes >= 2 * GIB ? bytes - GIB : bytes / 2
  return Math.floor(rest / 1024 / 1024 / 256) * 256
}

const PORTS = ['31000-32000']

/** The ports that an agent offers: the valid ranges. */
export const offeredPorts = (ranges: unknown = PORTS): readonly { readonly port: number; readonly to: number }[] =>
  (Array.isArray(ranges) ? ranges : []).flatMap((range) => {
    const [port = 0, to = 0] = String(range).split('-').map(Number)
    return 0 < port && port <= to ? [{ port, to }] : []
  })

/** The resources that an agent offers, by name: the configured ones, and the defaults. */
export const resourcesOf = (
  { resources }: Pick<Attributes, 'resources'>,
  { cpus, memory }: Pick<Facts, 'cpus' | 'memory'>,
) => ({
  cpus,
  mem: memoryFor(memory),
  ports: PORTS,
  ...resources,
})

const sorted = <T>(of: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
  Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1))

/** `rack:r1;zone:a`: sorted, so that equal attributes are equal bytes. */
export const attributesText = (attributes: Attributes['attributes']): string =>
  sorted(attributes)
    .map(([name, value]) => `${name}:${value}`)
    .join(';')

/** `cpus:2;mem:2048;ports:[31000-32000]`. */
export const resourcesText = (resources: Readonly<Record<string, number | readonly string[]>>): string =>
  sorted(resources)
    .map(([name, value]) => `${name}:${typeof value === 'number' ? value : `[${value.join(', ')}]`}`)
    .join(';')

/** Parses a value as Mesos does in flags and prints in its state: `2.0`, `[1-2, 5-9]`, `r1`. */
export function readValue(written: string | number): Value {
  if (typeof written === 'number') return written
  const text = written.trim()
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (!/^\[.*\]$/.test(text)) return text
  return merged([...text.matchAll(/(\d+)\s*-\s*(\d+)/g)].map(([, from, to]) => [Number(from), Number(to)] as const))
}

/** Sorts ranges and merges adjacent ones, as Mesos does. */
function merged(
  ranges: readonly (readonly [from: number, to: number])[],
): readonly (readonly [from: number, to: number])[] {
  const out: [from: number, to: number][] = []
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = out.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}

/** Parses `name:value;name:value`. */
export const valuesOf = (text: string): Readonly<Record<string, Value>> =>
  Object.fromEntries(
    text
      .split(';')
      .filter((part) => part.includes(':'))
      .map((part) => [part.slice(0, part.indexOf(':')).trim(), readValue(part.slice(part.indexOf(':') + 1))]),
  )

const shown = (value: Value): string =>
  Array.isArray(value) ? `[${value.map((range) => range.join('-')).join(', ')}]` : String(value)

/** Does the new value contain all of the old one? Pure; the same as Mesos' compatibility.cpp. */
function covers(to: Value, from: Value): boolean {
  if (typeof from === 'number' && typeof to === 'number') return to >= from
  if (Array.isArray(from) && Array.isArray(to))
    return from.every(([low, high]) => to.some(([a, b]) => a <= low && high <= b))
  return from === to
}

const same = (to: Value, from: Value): boolean => covers(to, from) && covers(from, to)

/** Resources that Mesos detects itself if they are not configured. */
const FOUND = new Set(['cpus', 'mem', 'disk', 'gpus', 'ports'])

/**
 * Why an agent that was `from` must not come back as `to`: clauses, none if it may. Otherwise the agent would exit
 * again and again, while its tasks keep running without it.
 */
export function incompatible(
  from: Identity,
  to: Identity,
  policy: Attributes['reconfigurationPolicy'],
): readonly string[] {
  const reasons: string[] = []
  if (from.hostname !== to.hostname) reasons.push(`its hostname would change from ${from.hostname} to ${to.hostname}`)
  if (from.port !== to.port) reasons.push(`its port would change from ${from.port} to ${to.port}`)
  const fits = policy === 'equal' ? same : covers
  for (const [kind, before, after] of [
    ['attribute', from.attributes, to.attributes],
    ['resource', from.resources, to.resources],
  ] as const) {
    for (const [name, old] of sorted(before)) {
      const now = after[name]
      if (now === undefined) {
        if (kind === 'attribute' || !FOUND.has(name)) reasons.push(`its ${kind} ${name} would go`)
      } else if (!fits(now, old)) reasons.push(`its ${kind} ${name} would change from ${shown(old)} to ${shown(now)}`)
    }
    if (policy === 'additive') continue
    for (const [name, now] of sorted(after))
      if (before[name] === undefined) reasons.push(`it would get a new ${kind}, ${name}:${shown(now)}`)
  }
  return reasons
}
