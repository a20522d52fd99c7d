/** The words of a line as HAProxy takes it apart: quotes and backslashes are taken away, a comment ends it. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = []
  const piece = /(\\.|"(?:\\.|[^"])*"?|'[^']*'?|[^\s#"'\\]+)|(#.*)|(\s+)/gy
  let open = false
  for (const [, text, comment, space] of line.matchAll(piece)) {
    if (comment !== undefined) break
    if (space === undefined) words.push(`${open ? words.pop() : ''}${bare(text ?? '')}`)
    open = space === undefined
  }
  return words
}

function bare(text: string): string {
  if (text.startsWith("'")) return text.replace(/^'|'$/g, '')
  const inner = text.startsWith('"') ? text.slice(1).replace(/(^|[^\\])"$/, '$1') : text
  return inner.replace(/\\(.)/g, '$1')
}
