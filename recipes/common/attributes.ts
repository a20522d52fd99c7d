import * as v from 'valibot'

/** A whole number in bounds. */
export const whole = (least: number, most: number, text: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), v.description(text))

/** An absolute path that needs no quotes anywhere. */
export const path = (text: string) =>
  v.pipe(
    v.string(),
    v.regex(/^(\/[\w.+-]+)+$/, 'an absolute path of letters, digits, "_", ".", "+" and "-"'),
    v.description(text),
  )

/** A host's name or address for other hosts. */
export const hostname = (text: string) =>
  v.pipe(v.string(), v.regex(/^[\w.:-]+$/, 'a name or an address'), v.description(text))

/** A SHA-256 sum, bare. */
export const sha256 = (text: string) =>
  v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/, 'a sum of 64 hexadecimal digits'), v.description(text))

/** Does a `:PORT` at the end have a valid number? A text without a port is valid. */
export const hasPort = (text: string): boolean => Number(/:(\d+)$/.exec(text)?.[1] ?? 1) <= 65_535 && !/:0+$/.test(text)

/** The message for an invalid port. */
export const NO_PORT = 'has a port that is none: ports are 1 to 65535'
