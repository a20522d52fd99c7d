import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { didYouMean, distance, nearest } from '../../src/lib/did-you-mean.ts'
import { fc } from '../support/checks.ts'

const test = suite('nearest')

const distances: readonly [string, string, number][] = [
  ['', '', 0],
  ['', 'abc', 3],
  ['adress', 'address', 1],
  ['zookeper', 'zookeeper', 1],
  ['prot', 'port', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
]
for (const [a, b, expected] of distances)
  test(`from "${a}" to "${b}" it is ${expected}`, () => assert.is(distance(a, b), expected))

test('is the same in both directions, and nothing only for equal words', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.is(distance(a, b), distance(b, a))
      assert.is(distance(a, b) === 0, a === b)
    }),
  )
})

const guesses: readonly [word: string, known: readonly string[], expected: string | undefined][] = [
  ['adress', ['roles', 'address', 'privateAddress'], 'address'],
  ['ADDRESS', ['address'], 'address'],
  ['mesos-slav', ['mesos-master', 'mesos-slave'], 'mesos-slave'],
  ['x', ['address'], undefined],
  ['web', ['zookeeper'], undefined],
  ['zk-4', ['zk-1', 'zk-2'], 'zk-1'],
  ['anything', [], undefined],
]
for (const [word, known, expected] of guesses)
  test(`"${word}" of ${known.join(', ') || 'nothing'}`, () => assert.is(nearest(word, known), expected))

test('didYouMean is the end of a sentence, or nothing', () => {
  assert.is(didYouMean('adress', ['address']), '; did you mean "address"?')
  assert.is(didYouMean('x', ['address']), '')
})

test.run()
