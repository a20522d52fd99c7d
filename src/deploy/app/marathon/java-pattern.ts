/** What Java's regular expressions have and JavaScript's have not, in a form that JavaScript reads. */
const JAVAS: readonly (readonly [form: RegExp, like: string])[] = [
  [/\\Q.*?(\\E|$)/g, 'x'],
  [/\(\?[a-zA-Z]+(-[a-zA-Z]+)?\)/g, ''],
  [/\(\?(>|[a-zA-Z]*-?[a-zA-Z]*:)/g, '(?:'],
  [/([*+?}])\+/g, '$1'],
]

/** Is a text a regular expression, for Java? If in doubt, it is. */
export function isPattern(text: string): boolean {
  const like = JAVAS.reduce((pattern, [form, form2]) => pattern.replace(form, form2), text)
  try {
    new RegExp(like)
    return true
  } catch {
    return false
  }
}
