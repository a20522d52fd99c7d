import { once } from '../../lib/once.ts'
/** The properties of the output: its width, its characters, and whether it has colour. */
export interface Look {
  /** Columns of the terminal; `Infinity` if nothing must be wrapped or cut (a pipe, a file). */
  readonly columns: number
  /** Can the output show characters beyond ASCII? */
  readonly unicode: boolean
  readonly colour: boolean
}

// C0, DEL and C1, bidirectional and other invisible formatting (except the joiners that some scripts need), line and
// paragraph separators, private use, lone surrogates.
const UNSAFE = /[\0-\x1f\x7f-\x9f]|(?![\u200c\u200d])[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu
const OURS: Readonly<Record<string, string>> = {
  '…': '...',
  '→': '->',
  '‹': '<',
  '›': '>',
  '“': '"',
  '”': '"',
  '’': "'",
  '–': '-',
  '—': '-',
  '↻': 'R',
  '⟳': 'r',
  '·': '*',
}

const visible = (unicode: boolean) => (char: string) => {
  const code = char.codePointAt(0) ?? 0
  if (code < 0x20) return unicode ? String.fromCharCode(0x2400 + code) : `^${String.fromCharCode(64 + code)}`
  if (code === 0x7f) return unicode ? '␡' : '^?'
  return `\\u{${code.toString(16)}}`
}

/**
 * Makes one line of untrusted text safe to print: shows control characters (`␛`, `^[`, `\u{202e}`), turns tabs into
 * spaces, and without Unicode leaves only ASCII. All output passes through this, even if it was cleaned before.
 */
export function clean(text: string, look: Pick<Look, 'unicode'>): string {
  if (/^[ -~]*$/.test(text)) return text
  const expanded = text.includes('\t')
    ? text.split('\t').reduce((out, part) => out.padEnd((Math.floor(out.length / 8) + 1) * 8) + part)
    : text
  const safe = expanded.replace(UNSAFE, visible(look.unicode))
  return look.unicode ? safe : safe.replace(/[^ -~]/gu, (char) => OURS[char] ?? '?')
}

// Created on the first text beyond ASCII, because that takes milliseconds.
const segmenter = once(() => new Intl.Segmenter(undefined, { granularity: 'grapheme' }))
const graphemes = (text: string): Intl.Segments => segmenter().segment(text)

// East Asian Wide and Fullwidth, in blocks (Unicode's EastAsianWidth.txt).
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u

const NO_WIDTH = /^[\p{M}\u200c\u200d]+$/u

function columnsOf(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2
  return NO_WIDTH.test(grapheme) ? 0 : 1
}

const plainAscii = (text: string): boolean => /^[ -~]*$/.test(text)

/** How many columns cleaned text takes on a terminal. */
export function width(text: string): number {
  if (plainAscii(text)) return text.length
  let sum = 0
  for (const { segment } of graphemes(text)) sum += columnsOf(segment)
  return sum
}

/** The longest prefix of `text` that fits into `columns`. */
export function head(text: string, columns: number): string {
  if (plainAscii(text)) return text.slice(0, columns)
  let sum = 0
  let out = ''
  for (const { segment } of graphemes(text)) {
    sum += columnsOf(segment)
    if (sum > columns) break
    out += segment
  }
  return out
}

const reversed = (text: string): string =>
  Array.from(graphemes(text), (g) => g.segment)
    .reverse()
    .join('')

function tail(text: string, columns: number): string {
  if (columns <= 0) return ''
  return plainAscii(text) ? text.slice(-columns) : reversed(head(reversed(text), columns))
}

/** Shortens `text` to `columns` by replacing its middle with `…` (or `...`). */
export function fit(text: string, columns: number, look: Pick<Look, 'unicode'>): string {
  if (width(text) <= columns) return text
  const mark = look.unicode ? '…' : '...'
  const room = columns - mark.length
  if (room < 2) return head(text, Math.max(0, columns))
  const end = Math.floor(room / 2)
  return head(text, room - end) + mark + tail(text, end)
}

/** Shortens `text` to `columns` at its end: for sentences, which begin with what matters. */
export function begin(text: string, columns: number, look: Pick<Look, 'unicode'>): string {
  if (width(text) <= columns) return text
  const mark = look.unicode ? '…' : '...'
  return columns < mark.length + 2
    ? head(text, Math.max(0, columns))
    : head(text, columns - mark.length).trimEnd() + mark
}

/** Pads text with spaces at the end, or at the beginning, depending on `side`. */
export function pad(text: string, columns: number, side: 'end' | 'start' = 'end'): string {
  const space = ' '.repeat(Math.max(0, columns - width(text)))
  return side === 'end' ? text + space : space + text
}

/** Breaks cleaned text into lines of at most `columns`, between words where possible. At least one line. */
export function wrap(text: string, columns: number): string[] {
  const room = Math.max(10, columns)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (line !== '' && width(line) + 1 + width(rest) <= room) {
      line += ` ${rest}`
      continue
    }
    if (line !== '') lines.push(line)
    for (; width(rest) > room; rest = rest.slice(head(rest, room).length)) lines.push(head(rest, room))
    line = rest
  }
  return [...lines, line]
}
