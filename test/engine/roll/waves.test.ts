import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RecipeError } from '../../../src/engine/observe/compile.ts'
import { waves } from '../../../src/engine/roll/waves.ts'
import { host, role } from '../../support/toys.ts'

const test = suite('waves')
const roles = (after: Readonly<Record<string, readonly string[]>>) =>
  new Map(Object.entries(after).map(([name, before]) => [name, role(name, [], before)]))

// hosts with their roles, what each role comes after → the waves
const cases: readonly (readonly [
  string,
  Record<string, readonly string[]>,
  Record<string, readonly string[]>,
  readonly (readonly string[])[],
])[] = [
  ['no order: one wave', { a: ['x'], b: ['y'] }, { x: [], y: [] }, [['a', 'b']]],
  ['one after the other', { a: ['slave'], b: ['master'] }, { master: [], slave: ['master'] }, [['b'], ['a']]],
  ['a chain', { a: ['z'], b: ['y'], c: ['x'] }, { x: [], y: ['x'], z: ['y'] }, [['c'], ['b'], ['a']]],
  [
    'roles that nobody of the run has make no wave of their own',
    { a: ['z'], c: ['x'] },
    { x: [], y: ['x'], z: ['y'] },
    [['c'], ['a']],
  ],
  ['only later roles: nobody is waited for', { a: ['slave'] }, { master: [], slave: ['master'] }, [['a']]],
  [
    'a role that nobody of the run has is not waited for',
    { a: ['p'], b: ['r'] },
    { q: [], p: ['q'], r: [] },
    [['a', 'b']],
  ],
  [
    'a host goes with its earliest role',
    { a: ['slave', 'master'], b: ['slave'] },
    { master: [], slave: ['master'] },
    [['a'], ['b']],
  ],
  [
    'a diamond',
    { a: ['top'], b: ['left'], c: ['right'], d: ['end'] },
    { top: [], left: ['top'], right: ['top'], end: ['left', 'right'] },
    [['a'], ['b', 'c'], ['d']],
  ],
  ['a role that is not known', { a: ['x'] }, { x: ['ghost'] }, [['a']]],
  [
    'a host without roles',
    { a: [], b: ['slave'], c: ['master'] },
    { master: [], slave: ['master'] },
    [['a', 'c'], ['b']],
  ],
  ['no hosts', {}, { x: [] }, []],
]
for (const [name, hosts, after, wanted] of cases) {
  test(name, () => {
    const all = Object.entries(hosts).map(([n, r]) => host(n, r))
    assert.equal(
      waves(all, roles(after)).map((wave) => wave.map((h) => h.name)),
      wanted,
    )
  })
}

test('a circle is named', () => {
  assert.throws(
    () => waves([host('a', ['x'])], roles({ x: ['y'], y: ['z'], z: ['y'] })),
    (e: Error) => e instanceof RecipeError && e.message === 'the roles y → z → y wait for one another in a circle',
  )
})

test.run()
