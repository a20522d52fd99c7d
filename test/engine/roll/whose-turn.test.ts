import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Choice, canServe, type Member, whoseTurn } from '../../../src/engine/roll/whose-turn.ts'
import { fc } from '../../support/checks.ts'

const test = suite('roll')

/** `a+` green, `a-` down, `a?` red but perhaps serving, `a*` leads; capital letters: it has steps. */
const member = (word: string): Member => {
  const name = word.slice(0, 1)
  return {
    name: name.toLowerCase(),
    turn: name === name.toUpperCase() ? 'todo' : 'other',
    health: { green: word[1] === '+' || word[1] === '*', down: word[1] === '-', says: '', leads: word[1] === '*' },
  }
}
function said(turn: Choice): string {
  if ('end' in turn) return 'end'
  return 'next' in turn ? `next ${turn.next}` : `wait ${turn.wait.map((m) => m.name).join(' ')}`
}

const cases: readonly (readonly [string, string])[] = [
  ['', 'end'],
  ['a+ b+', 'end'],
  ['A+ B+ C+', 'next a'],
  ['C+ B+ A+', 'next a'],
  ['A* B+ C+', 'next b'],
  ['A* b+ c+', 'next a'],
  ['A+ B- C+', 'next b'],
  ['A+ B- c-', 'next b'],
  ['A+ b- c+', 'wait b'],
  ['A+ b- c-', 'wait b c'],
  ['A- B- C-', 'next a'],
  ['a- b- c-', 'end'],
  ['A* B* c+', 'next a'],
  ['A+ B? C+', 'next b'],
  ['A? B? C?', 'wait a b c'],
  ['A+ B? C-', 'next c'],
  ['A+ B? c-', 'wait b c'],
  ['A+ B+ c?', 'wait c'],
]
for (const [words, wanted] of cases) {
  test(`${words || 'nobody'}: ${wanted}`, () => {
    assert.is(said(whoseTurn(words.split(' ').filter(Boolean).map(member))), wanted)
  })
}

const fleets: readonly (readonly [number, string, string])[] = [
  [2, 'A+ b? C+', 'next a'],
  [2, 'A+ B? C+', 'next b'],
  [2, 'A+ b? c? D+', 'wait b c'],
  [2, 'A? B? C+ D+', 'next a'],
  [2, 'A? B? c? D+', 'wait a b c'],
  [3, 'A+ b? c? D+', 'next a'],
  [3, 'a? b? c? D+', 'wait a b c'],
  [3, 'a? b? c? D-', 'next d'],
]
for (const [away, words, wanted] of fleets) {
  test(`${away} may be away, ${words}: ${wanted}`, () =>
    assert.is(said(whoseTurn(words.split(' ').map(member), away)), wanted))
}

const members = fc
  .array(
    fc.record({
      turn: fc.constantFrom('todo', 'done', 'other'),
      green: fc.boolean(),
      down: fc.boolean(),
      leads: fc.boolean(),
    }),
    {
      maxLength: 7,
    },
  )
  .map((all) =>
    all.map(
      ({ turn, green, down, leads }, i): Member => ({
        name: `m${i}`,
        turn: turn as Member['turn'],
        health: { green, down: down && !green, says: '', leads },
      }),
    ),
  )

test('one that may serve is touched only while every other is green, one that leads only when no other is left', () => {
  fc.assert(
    fc.property(members, (all) => {
      const turn = whoseTurn(all)
      const todo = all.filter((m) => m.turn === 'todo')
      if ('end' in turn) return assert.is(todo.length, 0)
      if ('wait' in turn) {
        assert.ok(turn.wait.length > 0 && turn.wait.every((m) => !m.health.green))
        return assert.ok(todo.every((m) => m.health.down !== true))
      }
      const next = todo.find((m) => m.name === turn.next) as Member
      if (next.health.down) return
      assert.ok(all.every((m) => m === next || m.health.green))
      if (next.health.green && next.health.leads) assert.ok(todo.every((m) => m.health.leads))
    }),
    { numRuns: 5000 },
  )
})

test('a roll comes to its end: whoever had a turn and is green is never asked again', () => {
  fc.assert(
    fc.property(members, (all) => {
      let now = all
      let turns = 0
      for (;;) {
        const turn = whoseTurn(now)
        if (!('next' in turn)) break
        turns += 1
        now = now.map((m) =>
          m.name === turn.next ? { ...m, turn: 'done' as const, health: { ...m.health, green: true } } : m,
        )
      }
      const todo = all.filter((m) => m.turn === 'todo').length
      const stuck = all.some((m) => !m.health.green && (m.turn !== 'todo' || m.health.down !== true))
      assert.ok(stuck ? turns <= todo : turns === todo)
    }),
    { numRuns: 2000 },
  )
})

test('a quorum serves with more than half of its members', () => {
  assert.equal(
    [
      [0, 1],
      [1, 1],
      [1, 2],
      [2, 2],
      [1, 3],
      [2, 3],
      [2, 4],
      [3, 4],
      [2, 5],
      [3, 5],
    ].map(([g, n]) => canServe(g as number, n as number)),
    [false, true, false, true, false, true, false, true, false, true],
  )
})

test.run()
