import { fc } from './checks.ts'

/** Can UTF-8 encode the text? */
export const wellFormed = (s: string): boolean => !/[\uD800-\uDFFF]/u.test(s)

/** Names that would confuse a shell. */
const hostile = [
  'a b',
  "it's",
  '"',
  'back\\slash',
  '-rf',
  '$HOME',
  '`id`',
  '*',
  'ünï 中',
  ': FAILED',
  '\\\\',
  '  two',
  'x  y',
  "a'\\''b",
  '.hidden',
  '#',
  '~',
  '%s',
  '\\n',
  ' ',
]
/** Any file name, hostile ones first. */
export const fileName = fc.oneof(
  fc.constantFrom(...hostile),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter(
      (s) => wellFormed(s) && !/[\x00-\x1f\x7f/]/.test(s) && s !== '.' && s !== '..' && Buffer.byteLength(s) < 240,
    ),
)
