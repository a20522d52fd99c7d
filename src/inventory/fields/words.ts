import * as v from 'valibot'

/** One line without a blank at either end. JSON Schema's patterns support it, without flags. */
const ONE_LINE = /^[^\s\u0000-\u001f\u007f]([^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$/

function notOneLine({ input }: { readonly input: string }): string {
  if (/^ *$/.test(input)) return 'must not be empty'
  if (/[\x00-\x1f\x7f]/.test(input)) return 'must be one line, without control characters'
  return 'must not begin or end with a blank'
}

/** A path or a name. */
export const line = () => v.pipe(v.string(), v.regex(ONE_LINE, notOneLine))

/** A path or a name, with what it means. */
export const text = (description: string) => v.pipe(line(), v.description(description))

/** Several names, at least one. */
export const texts = (description: string) => v.pipe(v.array(line()), v.nonEmpty(), v.description(description))

/** A whole number, with what it means. */
export const whole = (min: number, max: number, description: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max), v.description(description))
