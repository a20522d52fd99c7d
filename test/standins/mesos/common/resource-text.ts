import type { Range, Resource } from './proto.ts'

const ORDER = ['cpus', 'mem', 'disk', 'ports']

/** Reads `cpus:2;mem:2048;ports:[31000-32000]`. @throws Error in Mesos' words */
export function parseResources(text: string): Resource[] {
  const parts = text.split(';').filter((part) => part.trim() !== '')
  const found = parts.map((part) => {
    const at = part.indexOf(':')
    if (at < 0) throw new Error(`Bad value for resources, missing or extra ':' in ${part}`)
    return parseOne(part.slice(0, at).trim(), part.slice(at + 1).trim())
  })
  return found.sort((a, b) => rank(a.name) - rank(b.name))
}

const rank = (name: string): number => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1)

function parseOne(name: string, value: string): Resource {
  if (/^\[.*\]$/.test(value)) return { name, type: 'RANGES', ranges: { range: parseRanges(value) } }
  if (value === '' || Number.isNaN(Number(value)))
    throw new Error(`Bad type for resource ${name} value ${value} type TEXT`)
  return { name, type: 'SCALAR', scalar: { value: Number(value) } }
}

/** Reads `[31000-31005, 32000-32001]`. */
export const parseRanges = (text: string): Range[] =>
  text
    .slice(1, -1)
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [begin, end] = part.split('-').map(Number)
      return { begin: begin as number, end: end ?? (begin as number) }
    })

/** Ranges as Mesos prints them. */
export const printRanges = (ranges: readonly Range[]): string =>
  `[${ranges.map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`
