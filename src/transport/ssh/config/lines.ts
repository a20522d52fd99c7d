/** One directive of an ssh_config. */
export interface Directive {
  readonly line: number
  /** In lower case. */
  readonly keyword: string
  /** The unparsed text after the keyword. */
  readonly rest: string
  /** The same text as words: without quotes, backslashes and comments. `undefined`: a quote is not closed. */
  readonly args: readonly string[] | undefined
}

/** Splits a line into words as OpenSSH's argv_split does. */
function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let at = 0
  const blank = (): boolean => text[at] === ' ' || text[at] === '\t'
  for (;;) {
    while (blank()) at++
    if (at >= text.length || text[at] === '#') return words
    let word = ''
    let quote = ''
    for (; at < text.length && (quote !== '' || !blank()); at++) {
      const char = text.charAt(at)
      const next = text[at + 1] ?? ''
      if (char === '\\' && (`'"\\`.includes(next) || (quote === '' && next === ' ')) && next !== '') word += text[++at]
      else if (quote === '' && (char === '"' || char === "'")) quote = char
      else if (char === quote) quote = ''
      else word += char
    }
    if (quote !== '') return undefined
    words.push(word)
  }
}

/** The directives of a file, without empty lines and comments. */
export function parseLines(text: string): Directive[] {
  return text.split('\n').flatMap((raw, i) => {
    const line = raw.replace(/[ \t\r\n\f]+$/, '')
    // The keyword may be quoted; white space or one equals sign, with or without white space, follows it.
    const match = /^[ \t\r]*(?:"([^"]*)"|([^ \t\r"=]+))(?:[ \t\r]*=)?[ \t\r]*(.*)$/.exec(line)
    const keyword = match?.[1] ?? match?.[2]
    if (match === null || keyword === undefined || keyword.startsWith('#')) return []
    const rest = match[3] ?? ''
    return [{ line: i + 1, keyword: keyword.toLowerCase(), rest, args: splitWords(rest) }]
  })
}
