import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readJson } from '../../src/lib/read-json.ts'
import { fc } from '../support/checks.ts'

const test = suite('json')

const wrong: readonly [text: string, line: number, column: number, message: string][] = [
  ['', 1, 1, 'the file ends where a value should be'],
  ['{', 1, 2, 'the file ends where a key in double quotes should be'],
  ['{"a": 1', 1, 1, 'this { is never closed'],
  ['{"a": [1, 2}', 1, 12, 'a comma or ] should be here'],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or } should be here'],
  ['{\n  "a": 1,\n}', 2, 9, 'no comma may stand before }'],
  ['[1,]', 1, 3, 'no comma may stand before ]'],
  ['{"a" 1}', 1, 6, 'a colon should be here'],
  ['{a: 1}', 1, 2, 'a key in double quotes should be here'],
  ["{'a': 1}", 1, 2, 'JSON is quoted with ", not with \''],
  ['{"a": 1} x', 1, 10, 'the file should end here'],
  ['// x\n{}', 1, 1, 'JSON has no comments'],
  ['{"a": /* x */ 1}', 1, 7, 'JSON has no comments'],
  ['{"a": "x\ny"}', 1, 7, 'this text has no closing "'],
  ['"\\q"', 1, 2, 'no such escape in JSON'],
  ['[01]', 1, 2, 'a value should be here'],
  ['[tru]', 1, 2, 'a value should be here'],
  ['[NaN]', 1, 2, 'a value should be here'],
  [
    '{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> b\n}',
    2,
    1,
    'git has left the marks of a merge here: resolve it',
  ],
  ['{\n"a": 1\n=======\n"a": 2\n}', 3, 1, 'git has left the marks of a merge here: resolve it'],
]
for (const [text, line, column, message] of wrong) {
  test(`says where and why: ${JSON.stringify(text)}`, () => {
    assert.throws(() => JSON.parse(text))
    const result = readJson(text)
    if (!('wrong' in result)) return assert.unreachable()
    const { excerpt, ...rest } = result.wrong
    assert.equal(rest, { line, column, message })
    const [shown, caret] = excerpt.split('\n') as [string, string]
    assert.is(caret.length - 1, shown.indexOf('|') + 2 + column - 1)
  })
}

const TOO_LARGE = 'is a number too large to be kept exactly; write it as text, in double quotes'
for (const number of ['9007199254740993', '-9007199254740992', '18446744073709551615', '1e999', '-1e400']) {
  test(`a number that would become another one is named: ${number}`, () => {
    const result = readJson(`{"a": [1, ${number}]}`)
    if ('wrong' in result) return assert.unreachable()
    assert.equal(result.faults, [{ path: ['a', 1], message: TOO_LARGE }])
  })
}
for (const number of ['9007199254740991', '-9007199254740991', '0.1', '1e21', '-0', '1E-400'])
  test(`a number that is kept: ${number}`, () => assert.equal(readJson(number), { value: Number(number), faults: [] }))

test('a long line is shown around the place', () => {
  const result = readJson(`{"a": "${'x'.repeat(5000)}", b}`)
  if (!('wrong' in result)) return assert.unreachable()
  const [shown, caret] = result.wrong.excerpt.split('\n') as [string, string]
  assert.ok(shown.length < 120)
  assert.is(shown[caret.length - 1], 'b')
})

test('keys that are written twice are named', () => {
  const result = readJson('{"hosts": {"a": 1, "b": {"c": 1, "c": 2}, "a": 2, "a": 3}, "list": [{"x": 1, "x": 1}]}')
  if ('wrong' in result) return assert.unreachable()
  const message = 'is written twice'
  assert.equal(result.faults, [
    { path: ['hosts', 'b', 'c'], message },
    { path: ['hosts', 'a'], message },
    { path: ['hosts', 'a'], message },
    { path: ['list', 0, 'x'], message },
  ])
})

test('a byte order mark is no mistake', () => {
  assert.equal(readJson('\ufeff{"a": 1}'), { value: { a: 1 }, faults: [] })
})

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space)
      const read = readJson(text)
      if ('wrong' in read) return assert.unreachable()
      assert.equal(read.value, JSON.parse(text))
      for (const { message } of read.faults) assert.is(message, TOO_LARGE)
    }),
  )
})

test('refuses what JSON.parse refuses, and only that', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u00e9"',
    '"',
    '\\',
    '1',
    '-',
    '0',
    '.5',
    'e3',
    'true',
    'null',
    ' ',
    '\n',
    'x',
  )
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const mutated = fc
    .tuple(fc.jsonValue(), fc.nat(), fc.nat(3), fc.array(pieces, { maxLength: 2 }))
    .map(([value, from, length, put]) => [...JSON.stringify(value)].toSpliced(from % 50, length, ...put).join(''))
  fc.assert(
    fc.property(
      fc.oneof(
        mutated,
        fc.array(pieces, { maxLength: 10 }).map((parts) => parts.join('')),
      ),
      (text) => {
        assert.is('value' in readJson(text), parses(text), text)
      },
    ),
    { numRuns: 2000 },
  )
})

test('a file of brackets is a mistake, not the end of the program', () => {
  const result = readJson(`{"a":\n${'['.repeat(200_000)}`)
  if (!('wrong' in result)) return assert.unreachable()
  assert.equal([result.wrong.line, result.wrong.message], [2, 'nothing may be nested more than 100 deep'])
})

test.run()
