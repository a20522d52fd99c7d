/** A value, and the position after it. */
type Read = readonly [value: unknown, end: number] | undefined

const WORDS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null }
const NUMBER = /[+-]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)/y
const STRING = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/y
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' }

/** Matches a sticky pattern at a position. */
function at(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from
  return pattern.exec(text)
}

const skip = (text: string, from: number): number => from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0)

/** Reads items with `item` up to a closing bracket; allows a trailing comma. */
function items(
  text: string,
  from: number,
  close: string,
  item: (at: number) => Read,
): readonly [unknown[], number] | undefined {
  const found: unknown[] = []
  for (let here = skip(text, from); ; ) {
    if (text[here] === close) return [found, here + 1]
    const read = item(here)
    if (!read) return undefined
    found.push(read[0])
    here = skip(text, read[1])
    if (text[here] === ',') here = skip(text, here + 1)
    else if (text[here] !== close) return undefined
  }
}

function pair(text: string, from: number): Read {
  const key = value(text, from)
  if (!key) return undefined
  const colon = skip(text, key[1])
  if (text[colon] !== ':') return undefined
  const found = value(text, skip(text, colon + 1))
  return found && [[String(key[0]), found[0]], found[1]]
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' }

function value(text: string, from: number): Read {
  const open = text[from] ?? ''
  const close = CLOSING[open]
  if (close !== undefined) {
    const read = items(text, from + 1, close, (here) => (open === '{' ? pair(text, here) : value(text, here)))
    if (!read) return undefined
    return [open === '{' ? Object.fromEntries(read[0] as [string, unknown][]) : read[0], read[1]]
  }
  const string = at(STRING, text, from)
  if (string) {
    const inner = string[1] ?? string[2] ?? ''
    return [inner.replace(/\\(.)/gs, (all, sign: string) => ESCAPES[sign] ?? all), STRING.lastIndex]
  }
  const number = at(NUMBER, text, from)
  if (number && !/^[+-]?0\d/.test(number[0])) return [Number(number[0]), NUMBER.lastIndex]
  const word = /^(True|False|None)\b/.exec(text.slice(from))?.[1]
  return word === undefined ? undefined : [WORDS[word], from + word.length]
}

/**
 * A value in an INI inventory as Ansible reads it: Python literals are parsed (`8080`, `True`, `['a', 'b']`),
 * everything else is text. Pure.
 */
export function literal(text: string): unknown {
  const read = value(text, 0)
  return read && /^\s*(#.*)?$/.test(text.slice(read[1])) ? read[0] : text
}
