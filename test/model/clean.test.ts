import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cleaner, lineSplitter, redactor, secretsIn } from '../../src/model/clean.ts'
import { REDACTED, Secret } from '../../src/shell/secret.ts'
import { fc } from '../support/checks.ts'
import { cpuOf } from '../support/cost.ts'
import { note } from '../support/toys.ts'

const test = suite('clean')
const clean = cleaner([])

const cases: readonly (readonly [string, string])[] = [
  ['plain text, a\ttab\nand a line', 'plain text, a\ttab\nand a line'],
  ['\x1b[31mred\x1b[0m', 'red'],
  ['\x1b]0;title\x07after', 'after'],
  ['\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['\x9b31mC1', 'C1'],
  ['10%\r50%\r100%', '100%'],
  ['10%\r50%\r100%\r\nnext\r\n', '100%\nnext\n'],
  ['\r\r\r', ''],
  ['a\x00b\x07c\x08d\x7fe\x85f', 'abcdef'],
  ['gpj.\u202eexe\u2066\u200f\u061c', 'gpj.exe'],
  ['one\u2028two\u2029three', 'onetwothree'],
  ['ünï 中 😀 ‹›', 'ünï 中 😀 ‹›'],
  ['\x1b', ''],
  ['\x1b[\x1b[31m2J', '[2J'],
]
for (const [text, wanted] of cases) test(JSON.stringify(text), () => assert.is(clean(text), wanted))

test('nothing that a terminal obeys is ever left', () => {
  const evil = fc.constantFrom(
    '\x1b',
    '\x9b',
    '[',
    ']',
    '31m',
    '2J',
    '\r',
    '\n',
    '\x07',
    '\0',
    '\u202e',
    '\u2066',
    'x',
    ';',
    '0',
    '\x1b\\',
    '\u0085',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(evil).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (t) => !/[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/.test(clean(t))),
    { numRuns: 2000 },
  )
})

test('a long hostile line takes no time', () => {
  const hostile = ['\r', 'a\r', '\x1b', '\x1b[', '\x1b]', '\x1b];', ';a', '\x1b[0;', '\x9b1;', '\x1b[[', 'é\u0301']
  for (const part of hostile) {
    const cost = cpuOf(() => clean(part.repeat((64 * 1024) / part.length)))
    assert.ok(cost < 1000, `${JSON.stringify(part)}: ${cost} ms`)
  }
})

test('every secret goes, line by line, whole or interrupted', () => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 4, maxLength: 30 })
    .filter(
      (s) =>
        s.trim().length >= 4 && !/[\0-\x1f\x7f-\x9f\p{Bidi_Control}\u2028\u2029‹›]/u.test(s) && !'‹secret›'.includes(s),
    )
  const noise = fc.string({ maxLength: 10 })
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 3 }),
      noise,
      noise,
      fc.constantFrom('', '\0', '\x07', '\x1b[1m', '\u202e'),
      (lines, before, after, inside) => {
        const shown = cleaner([new Secret(lines.join('\n'))])
        for (const l of lines) {
          const out = shown(`${before}${l.slice(0, 2)}${inside}${l.slice(2)}${after}`)
          assert.not.ok(out.includes(l), out)
          assert.ok(out.includes(REDACTED), out)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('secrets: the longest first, special characters, too short ones, their own name, control characters inside', () => {
  const table: readonly (readonly [readonly string[], string, string])[] = [
    [['pass', 'password1'], 'password1 pass', '‹secret› ‹secret›'],
    [['a.*b$'], 'a.*b$ axxb', '‹secret› axxb'],
    [['abc', ' \n '], 'abc', 'abc'],
    [['secret'], 'a secret secret', 'a ‹secret› ‹secret›'],
    [['one two\r\nthree four\n\n'], 'x one two\nthree four y', 'x ‹secret›\n‹secret› y'],
    [['tab\tand\x1b[31mcolour'], 'tab\tand\x1b[31mcolour', '‹secret›'],
    [['bell\x07bell'], 'bell\x07bell', '‹secret›'],
  ]
  for (const [secrets, text, wanted] of table) assert.is(cleaner(secrets.map((s) => new Secret(s)))(text), wanted)
  assert.is(
    redactor([new Secret('password1')])('-a\r\n+password1\t\x1b'),
    '-a\r\n+‹secret›\t\x1b',
    'what is only redacted keeps the rest',
  )
})

test('an escape sequence cannot bite off the beginning of a secret', () => {
  assert.not.match(cleaner([new Secret('mypass99')])('\x1b[mypass99'), 'pass99')
})

test('secrets are found however deep, not inside other resources or bytes', () => {
  const [a, b, c] = ['aaaa', 'bbbb', 'cccc'].map((s) => new Secret(s)) as [Secret, Secret, Secret]
  assert.equal(
    [...secretsIn({ x: [a, { y: b }], other: note('n', { text: c }), bytes: new Uint8Array(9), none: null })],
    [a, b],
  )
})

const split = (chunks: readonly Uint8Array[], limit?: number): string[] => {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line), limit)
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return lines
}
const chunked = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const out: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1)
    out.push(bytes.subarray(at, at + size))
    at += size
  }
  return out
}

test('lines are the same however the bytes are cut', () => {
  const text = fc
    .array(fc.oneof(fc.constant('\n'), fc.string({ unit: 'grapheme', maxLength: 8 })))
    .map((parts) => Buffer.from(parts.join('')).toString())
  fc.assert(
    fc.property(text, fc.array(fc.nat(7), { minLength: 1 }), (t, sizes) => {
      const wanted = t.split('\n')
      if (wanted.at(-1) === '') wanted.pop()
      assert.equal(split(chunked(Buffer.from(t), sizes)), wanted)
    }),
    { numRuns: 500 },
  )
})

test('a line is never longer than the limit, and those around it are whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(40), { maxLength: 8 }),
      fc.array(fc.nat(30), { minLength: 1 }),
      fc.integer({ min: 1, max: 20 }),
      (lengths, sizes, limit) => {
        const lines = lengths.map((n, i) => String(i % 10).repeat(n))
        const bytes = Buffer.from(lines.map((l) => `${l}\n`).join(''))
        assert.equal(
          split(chunked(bytes, sizes), limit),
          lines.map((l) => l.slice(0, limit)),
        )
      },
    ),
    { numRuns: 500 },
  )
})

test.run()
