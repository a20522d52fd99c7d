import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bytes, count, duration, list, wholeSeconds } from '../../src/lib/units.ts'
import { begin, clean, fit, head, pad, width, wrap } from '../../src/report/terminal/text.ts'
import { fc } from '../support/checks.ts'

const unicode = { unicode: true }
const ascii = { unicode: false }
const test = suite('report text')

const cleaned: readonly (readonly [string, string, string])[] = [
  ['plain text', 'plain text', 'plain text'],
  ['\x1b[31mred\x1b[0m', '␛[31mred␛[0m', '^[[31mred^[[0m'],
  ['bell\x07, nul\0, del\x7f', 'bell␇, nul␀, del␡', 'bell^G, nul^@, del^?'],
  ['a\tb\t\tc', 'a       b               c', 'a       b               c'],
  ['\x9b2J', '\\u{9b}2J', '\\u{9b}2J'],
  ['exe\u202etxt', 'exe\\u{202e}txt', 'exe\\u{202e}txt'],
  ['line\u2028end', 'line\\u{2028}end', 'line\\u{2028}end'],
  ['half \ud800', 'half \\u{d800}', 'half \\u{d800}'],
  ['mode 0600 → 0644 …', 'mode 0600 → 0644 …', 'mode 0600 -> 0644 ...'],
  ['‹secret›', '‹secret›', '<secret>'],
  ['naïve 漢', 'naïve 漢', 'na?ve ?'],
]
for (const [text, shown, shownAscii] of cleaned) {
  test(`clean ${JSON.stringify(text)}`, () => {
    assert.is(clean(text, unicode), shown)
    assert.is(clean(text, ascii), shownAscii)
  })
}

const widths: readonly (readonly [string, number])[] = [
  ['', 0],
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 1],
  ['漢字', 4],
  ['ｶﾅ', 2],
  ['✅', 2],
  ['👩‍👩‍👧‍👦', 2],
  ['…→‹›', 4],
  ['한글', 4],
]
for (const [text, columns] of widths) test(`width ${text}`, () => assert.is(width(text), columns))

const fitted: readonly (readonly [string, number, string])[] = [
  ['short', 5, 'short'],
  ['/etc/mesos-slave/attributes', 15, '/etc/me…ributes'],
  ['漢字漢字漢字', 7, '漢…字'],
  ['abcdef', 1, 'a'],
  ['abcdef', 0, ''],
]
for (const [text, columns, cut] of fitted)
  test(`fit ${text} in ${columns}`, () => assert.is(fit(text, columns, unicode), cut))

const anything = fc.string({ unit: 'binary', maxLength: 60 })

test('cleaned text never moves a terminal', () => {
  const bad = /[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]/
  fc.assert(fc.property(anything, (text) => !bad.test(clean(text, unicode))))
  fc.assert(fc.property(anything, (text) => /^[ -~]*$/.test(clean(text, ascii))))
  fc.assert(fc.property(anything, (text) => clean(clean(text, unicode), unicode) === clean(text, unicode)))
})

test('cut, padded and wrapped text keeps to its columns', () => {
  const columns = fc.integer({ min: 10, max: 40 })
  fc.assert(fc.property(anything, columns, (text, n) => width(fit(clean(text, unicode), n, unicode)) <= n))
  fc.assert(fc.property(anything, columns, (text, n) => width(head(clean(text, unicode), n)) <= n))
  fc.assert(fc.property(anything, columns, (text, n) => width(pad(fit(clean(text, unicode), n, unicode), n)) === n))
  fc.assert(
    fc.property(anything, columns, (text, n) => wrap(clean(text, unicode), n).every((line) => width(line) <= n)),
  )
})

test('a sentence keeps its beginning', () => {
  assert.is(begin('service zookeeper did not start', 20, unicode), 'service zookeeper d…')
  assert.is(begin('service zookeeper did not start', 20, ascii), 'service zookeeper...')
  assert.is(begin('short', 5, unicode), 'short')
  fc.assert(
    fc.property(
      anything,
      fc.integer({ min: 0, max: 40 }),
      (text, n) => width(begin(clean(text, unicode), n, unicode)) <= n,
    ),
  )
})

test('wrapping loses nothing but spaces', () => {
  const squeeze = (text: string): string => text.replaceAll(' ', '')
  fc.assert(
    fc.property(anything, (text) => squeeze(wrap(clean(text, unicode), 12).join('')) === squeeze(clean(text, unicode))),
  )
})

test('units', () => {
  assert.equal([0, 340, 9940, 9960, 21_400, 119_000, 200_000, 3_600_000, 7_500_000].map(duration), [
    '0.0 s',
    '0.3 s',
    '9.9 s',
    '10 s',
    '21 s',
    '119 s',
    '3 m 20 s',
    '1 h',
    '2 h 5 m',
  ])
  assert.equal([0, 999, 1000, 59_999].map(wholeSeconds), ['0 s', '0 s', '1 s', '59 s'])
  assert.equal([0, 812, 14_200, 999_400, 999_600, 12_000_000].map(bytes), [
    '0 B',
    '812 B',
    '14 kB',
    '999 kB',
    '1.0 MB',
    '12 MB',
  ])
  assert.equal([count(1, 'host'), count(3, 'host')], ['1 host', '3 hosts'])
  assert.equal([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])], ['', 'a', 'a and b', 'a, b and c'])
})

test.run()
