import type { Attribute } from './proto.ts'
import { parseRanges, printRanges } from './resource-text.ts'

/** Reads `rack:a;zone:b`. A `;` or `:` in a value is not noticed: it makes another attribute, silently, as in Mesos. */
export function parseAttributes(text: string): Attribute[] {
  return text
    .split(/[;\n]/)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [name, value] = [part.slice(0, part.indexOf(':')).trim(), part.slice(part.indexOf(':') + 1).trim()]
      if (!part.includes(':')) throw new Error(`Invalid attribute key:value pair '${part}'`)
      return parseOne(name, value)
    })
}

function parseOne(name: string, value: string): Attribute {
  if (/^\[.*\]$/.test(value)) return { name, type: 'RANGES', ranges: { range: parseRanges(value) } }
  if (/^[+-]?\d+(\.\d+)?$/.test(value)) return { name, type: 'SCALAR', scalar: { value: Number(value) } }
  return { name, type: 'TEXT', text: { value } }
}

/** One attribute's value, as it is shown. */
export const attributeValue = ({ text, scalar, ranges }: Attribute): string | number =>
  text?.value ?? scalar?.value ?? printRanges(ranges?.range ?? [])

/** As the old endpoints show them. */
export const attributeMap = (attributes: readonly Attribute[]): Record<string, string | number> =>
  Object.fromEntries(attributes.map((a) => [a.name, attributeValue(a)]))
