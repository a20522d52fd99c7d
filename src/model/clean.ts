import { REDACTED, reveal, Secret } from '../shell/secret.ts'
import { isResource } from './resource.ts'

/** All secrets inside a value, at any depth, except for those of resources that it refers to. */
export function secretsIn(value: unknown, seen: Set<Secret> = new Set()): Set<Secret> {
  if (value instanceof Secret) seen.add(value)
  else if (Array.isArray(value)) for (const v of value) secretsIn(v, seen)
  else if (typeof value === 'object' && value !== null && !isResource(value) && !ArrayBuffer.isView(value))
    for (const v of Object.values(value)) secretsIn(v, seen)
  return seen
}

/** A function that makes text safe to print. */
export type Clean = (text: string) => string

// Control characters (C0 but tab and line break, DEL, C1), bidirectional controls, line and paragraph separators.
const CONTROL = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

// Titles and links of a terminal, up to their end; then all other sequences. From Node 24 on, Node's own function
// searches all of the text for the end of each title: a host could keep it busy for minutes.
const ESCAPES =
  /\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|[\x1b\x9b][[\]()#;?]*(?:(?:(?:;[-a-zA-Z\d/#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d/#&.:=?%@~_]*)*)\x07|(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~])/g

/** Of a line that carriage returns overwrite, keeps the last state; elsewhere removes control characters. */
const visible = (text: string): string =>
  text
    .replace(ESCAPES, '')
    .split('\n')
    .map((line) => line.split('\r').findLast((state) => state !== '') ?? '')
    .join('\n')
    .replace(CONTROL, '')

/**
 * Replaces every line of a secret that has at least four characters by `‹secret›`, even if the text shows it without
 * its control characters.
 */
export function redactor(secrets: Iterable<Secret>): Clean {
  const lines = [...secrets].flatMap((s) => reveal(s).split(/[\r\n]+/))
  const words = new Set(
    lines.flatMap((line) => [line, visible(line), line.replace(CONTROL, '')]).filter((w) => w.trim().length >= 4),
  )
  if (words.size === 0) return (text) => text
  // text that is already redacted comes first, so that a secret called "secret" does not make it grow; then the longest
  const all = [REDACTED, ...[...words].sort((a, b) => b.length - a.length)].map((w) =>
    w.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  )
  const pattern = new RegExp(all.join('|'), 'g')
  return (text) => text.replace(pattern, REDACTED)
}

/** Makes text from a host safe to print: it removes escape sequences, control characters and secrets. */
export function cleaner(secrets: Iterable<Secret>): Clean {
  const redact = redactor(secrets)
  // twice, because an escape sequence can swallow the start of a secret, and a control character can split one
  return (text) => redact(visible(redact(text)))
}

/** Cuts a stream of bytes into decoded lines. A line longer than `limit` bytes is cut, so that memory stays bounded. */
export function lineSplitter(
  onLine: (line: string) => void,
  limit = 64 * 1024,
): { push(chunk: Uint8Array): void; end(): void } {
  let parts: Uint8Array[] = []
  let size = 0
  const flush = () => {
    onLine(Buffer.concat(parts).toString('utf8'))
    parts = []
    size = 0
  }
  return {
    push(chunk) {
      let from = 0
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        if (size < limit) parts.push(chunk.subarray(from, Math.min(at, from + limit - size)))
        flush()
        from = at + 1
      }
      if (from < chunk.length && size < limit) {
        const rest = chunk.subarray(from, from + limit - size)
        parts.push(rest)
        size += rest.length
      }
    },
    end() {
      if (size > 0) flush()
    },
  }
}
