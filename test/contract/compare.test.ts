import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { borne, compareAnswer, plain } from './compare.ts'
import { judge, newTally, summary } from './replay.ts'

const test = suite('contract: comparing')

const json = (...values: unknown[]) => values.map((value) => ({ status: 200, body: JSON.stringify(value) }))

// What was recorded, what is answered now, and how that differs.
const cases: readonly (readonly [string, readonly unknown[], unknown, readonly string[]])[] = [
  ['the same', [{ a: 1, b: ['x'] }], { a: 7, b: ['y', 'z'] }, []],
  ['a name is missing', [{ a: 1, b: 2 }], { a: 1 }, ['.b is missing']],
  ['a name is new', [{ a: 1 }], { a: 1, b: 2 }, ['.b is not in the recording']],
  ['another type', [{ a: 1 }], { a: '1' }, ['.a is string, recorded number']],
  ['null is a type of its own', [{ a: null }], { a: 1 }, ['.a is number, recorded null']],
  ['in a list, once', [{ a: [{ b: 1 }] }], { a: [{}, {}] }, ['.a[].b is missing']],
  ['what not every item has is optional', [[{ a: 1 }, { a: 1, b: 1 }]], [{ a: 1 }], []],
  [
    'and must be right where it is',
    [[{ a: 1 }, { a: 1, b: 1 }]],
    [{ a: 1, b: true }],
    ['[].b is boolean, recorded number'],
  ],
  ['so is what not every recording has', [{ a: 1 }, {}], {}, []],
  [
    'either type, where both were recorded',
    [{ a: 1 }, { a: 'x' }],
    { a: true },
    ['.a is boolean, recorded number or string'],
  ],
  ['of an empty list nothing is known', [{ a: [] }], { a: [{ b: 1 }] }, []],
  ['an empty list is right where one was recorded beside others', [[{ a: [1] }, { a: [] }]], [{ a: [] }], []],
  ['an empty list proves nothing', [{ a: [1] }], { a: [] }, ['.a[] has no item to compare with the recorded ones']],
]
for (const [name, recorded, now, wanted] of cases)
  test(name, () => {
    const found = compareAnswer(json(...recorded), json(now)[0] as { status: number; body: string })
    assert.equal(
      found.map(({ path, says }) => `${path} ${says}`),
      wanted,
    )
  })

test('status, headers and text are compared; what is another in each cluster is not', () => {
  const id = '209f5faa-2d6b-4215-8b14-7df66cfd0791-S1'
  const was = { status: 404, headers: { location: '//h3:5050/x' }, body: `Agent '${id}' not found` }
  const other = {
    ...was,
    headers: { location: '//10.77.1.11:5050/x', server: 'y' },
    body: "Agent 'eec3ecf9-2aff-4fea-956b-8884bbba6ba5-S12' not found\n",
  }
  assert.equal(compareAnswer([was], other), [])
  assert.equal(
    compareAnswer([was], { status: 200, body: 'Agent?' }).map(({ path }) => path),
    ['status', 'header location', 'text'],
  )
})

test('of an error the message counts too', () => {
  const said = (message: string, status: number) => ({ status, body: JSON.stringify({ message }) })
  assert.equal(compareAnswer([said('a', 200)], said('b', 200)), [])
  assert.equal(compareAnswer([said('a', 404)], said('b', 404)), [{ path: '.message', says: 'is "b", recorded "a"' }])
})

for (const [text, wanted] of [
  ['//localhost:5050', '//<host>:5050'],
  ['at 2026-11-22T09:14:21.890710737Z', 'at <time>'],
  ['Machine \'{"ip":"127.0.0.9"}\'', 'Machine \'{"ip":"<ip>"}\''],
] as const)
  test(`plain: ${text}`, () => assert.is(plain(text), wanted))

test('exceptions name an exchange and a path', () => {
  const at = (name: string, path: string, e: { at: string; path: string }) =>
    borne(name, { path, says: '' }, [{ ...e, reason: '' }]) !== undefined
  const table: readonly (readonly [string, string, { at: string; path: string }, boolean])[] = [
    ['GET /state', '.flags.x', { at: 'GET /state', path: '.flags.*' }, true],
    ['GET /state', '.flags.x.y', { at: 'GET /state', path: '.flags.*' }, false],
    ['GET /state', '.flags.x.y', { at: '*', path: '.flags.**' }, true],
    ['GET /state', '.a[].b', { at: 'GET /*', path: '.a[].b' }, true],
    ['GET /slaves', '.a[].b', { at: 'GET /state', path: '.a[].b' }, false],
  ]
  for (const [name, path, exception, wanted] of table) assert.is(at(name, path, exception), wanted, `${name} ${path}`)
})

test('a tally says what was replayed, equal, borne and different', () => {
  const tally = newTally()
  const exceptions = [{ at: 'two', path: '.a', reason: 'known' }]
  const none = { status: 200, body: '{}' }
  judge('one', json({}), none, exceptions, tally)
  judge('two', json({ a: 1 }), none, exceptions, tally)
  judge('three', json({ a: 1, b: 1 }), none, exceptions, tally)
  assert.is(
    summary(tally),
    'three: .a is missing\nthree: .b is missing\n3 replayed / 1 equal / 1 excepted / 1 different',
  )
  assert.equal([...tally.used], exceptions)
})

test.run()
