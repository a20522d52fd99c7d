/**
 * One line of JSON. Omits fingerprints (they may derive from secrets), and escapes control characters even where JSON
 * allows them.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (key, v) => (key === 'fingerprint' ? undefined : v)).replace(
    /[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu,
    (char) =>
      Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )
}
