import type { Path } from './json-path.ts'

/** Where a text stops being JSON. Lines and columns count from 1. */
export interface NotJson {
  readonly line: number
  readonly column: number
  readonly message: string
  /** The line itself, with a caret under the place. */
  readonly excerpt: string
}

/** A place whose value is not what was written. */
export interface Lost {
  readonly path: Path
  readonly message: string
}

/** An inventory needs ten levels; without a limit, a file full of brackets would crash the program. */
const DEEPEST = 100

/** A conflict marker that git leaves in a text that it could not merge. */
const MARK = /^(<{7}|\|{7}|={7}|>{7})( |$)/

class Stop extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

/**
 * Walks JSON text, because `JSON.parse` reports neither the position of a mistake (its messages differ between versions
 * of Node) nor duplicate keys, of which it silently keeps the last, nor numbers that it rounds.
 */
class Walk {
  /** What `JSON.parse` would lose without a word, found so far. */
  readonly faults: Lost[] = []
  readonly #text: string
  #at = 0
  readonly #blank = /[ \t\r\n]*/y
  readonly #string = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
  readonly #unclosed = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
  readonly #plain = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y

  constructor(text: string) {
    this.#text = text
  }

  /** Walks the whole text. @throws Stop */
  all(): void {
    this.#value([])
    this.#space()
    if (this.#at < this.#text.length) throw new Stop(this.#at, 'the file should end here')
  }

  get #next(): string | undefined {
    return this.#text[this.#at]
  }

  /** Consumes and returns what the pattern matches here. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at = pattern.lastIndex
    return found
  }

  #space(): void {
    this.#take(this.#blank)
    if (this.#next === '/' && /[/*]/.test(this.#text[this.#at + 1] ?? ''))
      throw new Stop(this.#at, 'JSON has no comments')
  }

  /** @param what the expected item */
  #quoted(what: string): string {
    const found = this.#take(this.#string)
    if (found !== undefined) return JSON.parse(found)
    const begins = this.#at
    if (this.#next === "'") throw new Stop(begins, 'JSON is quoted with ", not with \'')
    if (this.#next === undefined) throw new Stop(begins, `the file ends where ${what} should be`)
    if (this.#next !== '"') throw new Stop(begins, `${what} should be here`)
    this.#take(this.#unclosed)
    throw this.#text[this.#at] === '\\'
      ? new Stop(this.#at, 'no such escape in JSON')
      : new Stop(begins, 'this text has no closing "')
  }

  /** Walks the items between brackets, and the commas between them. */
  #items(close: string, item: (index: number) => void): void {
    const open = this.#at++
    this.#space()
    for (let index = 0; index > 0 || this.#next !== close; index++) {
      item(index)
      this.#space()
      if (this.#next === close) break
      if (this.#next === undefined) throw new Stop(open, `this ${this.#text[open]} is never closed`)
      if (this.#next !== ',') throw new Stop(this.#at, `a comma or ${close} should be here`)
      const comma = this.#at++
      this.#space()
      if (this.#next === close) throw new Stop(comma, `no comma may stand before ${close}`)
    }
    this.#at++
  }

  #value(path: Path): void {
    this.#space()
    if (path.length > DEEPEST) throw new Stop(this.#at, `nothing may be nested more than ${DEEPEST} deep`)
    if (this.#next === '{') this.#object(path)
    else if (this.#next === '[') this.#items(']', (index) => this.#value([...path, index]))
    else this.#plainValue(path)
  }

  #plainValue(path: Path): void {
    const found = this.#take(this.#plain)
    if (found === undefined) return void this.#quoted('a value')
    const value = Number(found) // NaN: true, false or null
    if (Math.abs(value) === Number.POSITIVE_INFINITY || (/^-?\d+$/.test(found) && !Number.isSafeInteger(value)))
      this.faults.push({
        path,
        message: 'is a number too large to be kept exactly; write it as text, in double quotes',
      })
  }

  #object(path: Path): void {
    const keys = new Set<string>()
    this.#items('}', () => {
      const key = this.#quoted('a key in double quotes')
      if (keys.has(key)) this.faults.push({ path: [...path, key], message: 'is written twice' })
      keys.add(key)
      this.#space()
      if (this.#next !== ':') throw new Stop(this.#at, 'a colon should be here')
      this.#at++
      this.#value([...path, key])
    })
  }
}

/** Parses JSON, and reports if it is malformed, and what of it is lost. A byte order mark is allowed. */
export function readJson(
  source: string,
): { readonly value: unknown; readonly faults: readonly Lost[] } | { readonly wrong: NotJson } {
  const text = source.replace(/^\ufeff/, '')
  try {
    const walk = new Walk(text)
    walk.all()
    return { value: JSON.parse(text), faults: walk.faults }
  } catch (e) {
    if (!(e instanceof Stop)) throw e
    const line = text.slice(0, e.at).split('\n').length
    const start = text.slice(0, e.at).lastIndexOf('\n') + 1
    const column = e.at - start + 1
    const [whole = ''] = text.slice(start).split('\n', 1)
    const shown = whole.replace(/[\t\r]/g, ' ')
    const from = Math.max(0, column - 60) // long lines: the part around the place
    const gutter = `  ${line} | `
    return {
      wrong: {
        line,
        column,
        message: MARK.test(whole) ? 'git has left the marks of a merge here: resolve it' : e.message,
        excerpt: `${gutter}${shown.slice(from, from + 100)}\n${' '.repeat(gutter.length + column - 1 - from)}^`,
      },
    }
  }
}
