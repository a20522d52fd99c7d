import type { Path } from './json-path.ts'

/** Where a text stops being JSON. Lines and columns count from 1. */
export interface NotJson {
  readonly line: number
  readonly column: number
  readonly message: string
  /** The line itself, with a caret under the place. */
  readonly excerpt: string
}

/** An inventory needs ten levels; without a limit a file of brackets would end the program. */
const DEEPEST = 100

class Stop extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

/**
 * Walks JSON text: `JSON.parse` says neither where a mistake is (its messages differ between versions of Node) nor that
 * a key is written twice, of which it silently keeps the last.
 */
function walk(text: string): Path[] {
  const twice: Path[] = []
  let at = 0
  const blank = /[ \t\r\n]*/y
  const literal = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
  const plain = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y
  const space = (): void => {
    blank.lastIndex = at
    blank.test(text)
    at = blank.lastIndex
    if (text[at] === '/' && /[/*]/.test(text[at + 1] ?? '')) throw new Stop(at, 'JSON has no comments')
  }
  const string = (what: string): string => {
    literal.lastIndex = at
    const found = literal.exec(text)
    if (found) {
      at = literal.lastIndex
      return JSON.parse(found[0])
    }
    if (text[at] === "'") throw new Stop(at, 'JSON is quoted with ", not with \'')
    if (text[at] !== '"')
      throw new Stop(at, at >= text.length ? `the file ends where ${what} should be` : `${what} should be here`)
    const good = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
    good.lastIndex = at
    good.exec(text)
    throw text[good.lastIndex] === '\\'
      ? new Stop(good.lastIndex, 'no such escape in JSON')
      : new Stop(at, 'this text has no closing "')
  }
  const items = (close: string, item: (index: number) => void): void => {
    const open = at++
    space()
    if (text[at] === close) return void at++
    for (let index = 0; ; index++) {
      item(index)
      space()
      if (text[at] === close) return void at++
      if (at >= text.length) throw new Stop(open, `this ${text[open]} is never closed`)
      if (text[at] !== ',') throw new Stop(at, `a comma or ${close} should be here`)
      const comma = at++
      space()
      if (text[at] === close) throw new Stop(comma, `no comma may stand before ${close}`)
    }
  }
  const value = (path: Path): void => {
    space()
    if (path.length > DEEPEST) throw new Stop(at, `nothing may be nested more than ${DEEPEST} deep`)
    if (text[at] === '{') {
      const keys = new Set<string>()
      items('}', () => {
        const key = string('a key in double quotes')
        if (keys.has(key)) twice.push([...path, key])
        keys.add(key)
        space()
        if (text[at] !== ':') throw new Stop(at, 'a colon should be here')
        at++
        value([...path, key])
      })
    } else if (text[at] === '[') items(']', (index) => value([...path, index]))
    else {
      plain.lastIndex = at
      if (plain.test(text)) at = plain.lastIndex
      else string('a value')
    }
  }
  value([])
  space()
  if (at < text.length) throw new Stop(at, 'the file should end here')
  return twice
}

/** Parses JSON, and reports if it is malformed and which keys occur twice. A byte order mark is allowed. */
export function readJson(
  source: string,
): { readonly value: unknown; readonly twice: readonly Path[] } | { readonly wrong: NotJson } {
  const text = source.replace(/^\ufeff/, '')
  try {
    const twice = walk(text)
    return { value: JSON.parse(text), twice }
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
        message: e.message,
        excerpt: `${gutter}${shown.slice(from, from + 100)}\n${' '.repeat(gutter.length + column - 1 - from)}^`,
      },
    }
  }
}
