import { createRequire } from 'node:module'
import { utf8 } from '../../lib/bytes.ts'

const require = createRequire(import.meta.url)

/** The hunks of a unified diff with three lines of context; empty if the texts are equal. */
export function unified(is: string, wanted: string): string {
  // Loaded only if texts differ: a host in sync needs none of its 18 modules.
  const { structuredPatch } = require('diff') as typeof import('diff')
  return structuredPatch('', '', is, wanted, '', '', { context: 3 })
    .hunks.flatMap((h) => [`@@ -${h.oldStart},${h.oldLines} +${h.newStart},${h.newLines} @@`, ...h.lines])
    .join('\n')
}

/** A diff without the lines that only the host has. */
export const veiled = (diff: string): string =>
  diff.replace(/^-.*$/gm, '-(not shown: not everybody on the host may read it)')

/** A size for users: `512 bytes`, `1.2 kB`, `3.4 MB`. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} ${n === 1 ? 'byte' : 'bytes'}`
  return n < 1e6 ? `${(n / 1000).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`
}

/** The length of a text for users: `1 line`, `18 lines`. */
export function lines(text: string): string {
  const n = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return `${n} ${n === 1 ? 'line' : 'lines'}`
}

/** Decodes bytes, or returns `undefined` if they are binary. */
export function asText(data: Uint8Array): string | undefined {
  return data.includes(0) ? undefined : utf8(data)
}
