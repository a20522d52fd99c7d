import { readFileSync } from 'node:fs'
import { REDACTED, reveal, Secret } from './secret.ts'

declare const brand: unique symbol

/**
 * Bytes that are too large or too binary for a script. They are uploaded before it, and identified on the host by their
 * digest.
 */
export interface Blob {
  /** sha256 of the bytes, hex. */
  readonly sha256: string
  readonly size: number
  /** The digest that the publisher states, if it is this one: the bytes must match it, too. */
  readonly sha512?: string
  /** The bytes themselves, or the path of a local file that holds them. */
  readonly source: Uint8Array | { readonly path: string }
}

/**
 * POSIX sh, built only by {@link sh} and {@link shFile}, so that every value in it is quoted. Transports accept nothing
 * else.
 */
export interface Script {
  readonly [brand]: 'Script'
  /** What the host runs. May hold secrets: it goes to a standard input, nowhere else. */
  readonly text: string
  /** The same text with `‹secret›` for every secret, for users. */
  readonly shown: string
  /** The blobs that must be in {@link BLOB_DIR} on the host before the script runs. */
  readonly blobs: readonly Blob[]
}

/** The values that a template of {@link sh} accepts. */
export type Word =
  | string
  | number
  | Secret
  | Script
  | { readonly blob: Blob }
  | readonly (string | number | Secret | Script)[]

/** The directory of blobs on a host. It belongs to root, and is on disk because `/run` is small. */
export const BLOB_DIR = '/var/lib/provision/blob'

/** From this size on (bytes), an upload notes beside a blob, in `DIGEST.at`, what `stat` says of it. */
export const LARGE_BLOB = 1024 * 1024

/** The path of a blob on the host. */
export const blobPath = (blob: Blob): string => `${BLOB_DIR}/${blob.sha256}`

/**
 * Quotes one word for POSIX sh. This is the program's only escaping function.
 * @throws TypeError if the value cannot be a word: it holds a NUL, or half of a surrogate pair
 */
export function quote(value: string): string {
  if (value.includes('\0')) throw new TypeError('a word of a script cannot hold a NUL byte')
  if (/[\uD800-\uDFFF]/u.test(value)) throw new TypeError('a word of a script must be well-formed text')
  // before `>`, a bare number would be a file descriptor
  return /^(?!\d+$)[\w@%+:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}

const make = (text: string, shown: string, blobs: readonly Blob[]): Script =>
  Object.freeze({ text, shown, blobs }) as Script

function render(value: Word): Script {
  if (typeof value === 'string') return make(quote(value), quote(value), [])
  if (typeof value === 'number') return make(String(value), String(value), [])
  if (value instanceof Secret) return make(quote(reveal(value)), quote(REDACTED), [])
  if (Array.isArray(value)) return join(value.map(render), ' ')
  if ('blob' in value) return make(quote(blobPath(value.blob)), quote(blobPath(value.blob)), [value.blob])
  return value as Script
}

/** Strips the indentation that all literal lines share, so that scripts can be written inside indented code. */
function dedent(strings: readonly string[]): string[] {
  const first = strings[0] ?? ''
  if (!first.startsWith('\n')) return [...strings]
  const indents = strings.flatMap((s) => [...s.matchAll(/\n([ \t]*)(?=[^ \t\n])/g)].map((m) => (m[1] ?? '').length))
  const depth = indents.length > 0 ? Math.min(...indents) : 0
  const out = strings.map((s) => s.replace(new RegExp(`\\n[ \\t]{0,${depth}}`, 'g'), '\n'))
  return out.map((literal, i) => {
    const begun = i === 0 ? literal.slice(1) : literal
    return i === out.length - 1 ? begun.replace(/\n[ \t]*$/, '') : begun
  })
}

/**
 * A script from a template: literal text is sh, every interpolated value becomes one quoted word (a list: several; a
 * Script: itself).
 */
export function sh(strings: TemplateStringsArray, ...values: readonly Word[]): Script {
  // raw, so that sh's backslashes need no doubling; only escapes that TypeScript itself demands are undone
  const literals = dedent(strings.raw.map((s) => s.replace(/\\(`|\$\{)/g, '$1')))
  let [text = ''] = literals
  let shown = text
  const blobs: Blob[] = []
  values.forEach((value, i) => {
    const word = render(value)
    text += word.text + literals[i + 1]
    shown += word.shown + literals[i + 1]
    blobs.push(...word.blobs)
  })
  return make(text, shown, blobs)
}

/** sh that removes a blob from the host, with what its upload noted. */
export const dropBlob = (blob: Blob): Script => sh`rm -f ${{ blob }} ${`${blobPath(blob)}.at`}`

/** Matches empty lines, comment lines and indentation. */
const NOT_SENT = /^[ \t]*(?:#.*)?\n|^[ \t]+/gm

/**
 * The sh in a file beside a module; for `module`, pass `import.meta.url`. It is sent to hosts without comment lines and
 * indentation, even inside quoted programs. It contains no values: functions get them as arguments, or from variables
 * that a line of {@link sh} sets before.
 * @param text the file's text. The bundled program has no files beside its modules, so scripts/bundle.js passes the
 * text
 */
export const shFile = (module: string, name: string, text = readFileSync(new URL(name, module), 'utf8')): Script => {
  const sent = text.replace(NOT_SENT, '').trimEnd()
  return make(sent, sent, [])
}

/** Several scripts, one after the other. Empty ones leave no trace. */
export function join(scripts: readonly Script[], separator: '\n' | ' ' | ' && ' | '; ' = '\n'): Script {
  const some = scripts.filter((s) => s.text !== '')
  return make(
    some.map((s) => s.text).join(separator),
    some.map((s) => s.shown).join(separator),
    some.flatMap((s) => s.blobs),
  )
}

/** A whole script as one quoted word of another, e.g. for `printf %s … | sh -c 'eval "$(cat)"'`. */
export const quoted = (script: Script): Script => make(quote(script.text), quote(script.shown), script.blobs)

/** The script that does nothing. */
export const empty: Script = make('', '', [])
