import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from '../../../src/engine/observe/compile.ts'
import { someFacts } from '../../support/decided.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'

const test = suite('errors of recipes')

const x = note('x', { text: '1' })

test('an error of a recipe names it, and its line', () => {
  const bad = recipe('bad', () => {
    throw new TypeError('no such thing')
  })
  const cluster = clusterOf(['a'], bad)
  assert.throws(
    () => compile(cluster.host('a'), someFacts, cluster),
    /^recipe "bad" \(observe\/recipe-errors\.test\.ts, line \d+\): no such thing$/,
  )
})

test('what a recipe throws is told as well as it can be, whatever it is', () => {
  for (const [thrown, said] of [
    ['no database', 'no database'],
    [undefined, 'undefined was thrown, which is not an error'],
    [{ code: 1 }, '{ code: 1 } was thrown, which is not an error'],
    [new RangeError(''), 'RangeError without a message'],
    [new AggregateError([new Error('refused'), new Error('refused'), new Error('no route')]), 'refused; no route'],
    [new AggregateError([]), 'AggregateError without a message'],
  ] as const) {
    const cluster = clusterOf(
      ['a'],
      recipe('bad', () => {
        throw thrown
      }),
    )
    assert.throws(
      () => compile(cluster.host('a'), someFacts, cluster),
      (error: Error) => error.message.replace(/ \(.*?\)/, '') === `recipe "bad": ${said}`,
    )
  }
})

test('a recipe that does not return a list of resources', () => {
  for (const [result, message] of [
    [x, /^recipe "bad" \(\S+\.ts, line \d+\): resources must return a list of resources, \[ … \], not note x$/],
    [undefined, /resources must return a list of resources, \[ … \], not undefined$/],
    [
      [x, undefined],
      /entry \[1\] must be a resource such as file\(…\) gives, not undefined; .* \.\.\.\(wanted \? \[x\] : \[\]\)$/,
    ],
    [
      [false, x],
      /entry \[0\] must be a resource such as file\(…\) gives, not false; where one is wanted only sometimes/,
    ],
    [[[x]], /entry \[0\] must be a resource .* gives, not a list; spread a list into the other: \.\.\.list$/],
    [['nginx'], /entry \[0\] must be a resource such as file\(…\) gives, not 'nginx'$/],
    [[Promise.resolve()], /entry \[0\] must be a resource such as file\(…\) gives, not a Promise; await it$/],
    [[() => 1], /entry \[0\] must be a resource such as file\(…\) gives, not a function$/],
    [[new Set()], /entry \[0\] must be a resource such as file\(…\) gives, not a Set$/],
    [[{ type: 'file' }], /entry \[0\] must be a resource such as file\(…\) gives, not \{ type: 'file' \}$/],
    [Promise.resolve([x]), /^recipe "bad" \(\S+\.ts, line \d+\): resources must not be async/],
  ] as const) {
    const cluster = clusterOf(
      ['a'],
      recipe('bad', () => result as never),
    )
    assert.throws(() => compile(cluster.host('a'), someFacts, cluster), message)
  }
})

test.run()
