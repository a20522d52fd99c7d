import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { literal } from '../../../src/project/ansible/literal.ts'
import { expand, splitPort } from '../../../src/project/ansible/pattern.ts'

const test = suite("Ansible's values and patterns")

const literals: readonly (readonly [text: string, value: unknown])[] = [
  ['8080', 8080],
  ['-1.5', -1.5],
  ['True', true],
  ['None', null],
  ['true', 'true'],
  ['0644', '0644'],
  ['10.0.0.1', '10.0.0.1'],
  ["['a', 'b']", ['a', 'b']],
  ["{'a': [1, 2,], 'b': {}}", { a: [1, 2], b: {} }],
  ["(1, 'x')", [1, 'x']],
  ['80 # the port', 80],
  ['a b # c', 'a b # c'],
  ['"it\'s"', "it's"],
  ['[a', '[a'],
  ['', ''],
]
for (const [text, value] of literals) test(`the value ${text}`, () => assert.equal(literal(text), value))

const patterns: readonly (readonly [pattern: string, names: readonly string[] | string])[] = [
  ['web', ['web']],
  ['web[1:3]', ['web1', 'web2', 'web3']],
  ['web[08:10].example.com', ['web08.example.com', 'web09.example.com', 'web10.example.com']],
  ['db-[a:c]', ['db-a', 'db-b', 'db-c']],
  ['x[1:9:4]', ['x1', 'x5', 'x9']],
  ['x[:2]', ['x0', 'x1', 'x2']],
  ['r[1:2]-[a:b]', ['r1-a', 'r1-b', 'r2-a', 'r2-b']],
  ['10.0.0.[1:2]', ['10.0.0.1', '10.0.0.2']],
  ['[2001:db8::1]', ['2001:db8::1']],
  ['x[3:1]', 'the range [3:1] ends before it begins'],
  ['x[08:100]', 'the range [08:100] has ends of different lengths'],
  ['x[1:b]', 'the range [1:b] is neither a range of numbers nor a range of letters'],
  ['x[1]', 'the range [1] has no end: write [1:9] or [a:f]'],
  ['x[1:9:0]', 'the range [1:9:0] has a step of 0'],
  ['x[1:99999]', 'the range [1:99999] has more than 10000 members'],
  ['x[1:999]y[1:999]', 'the range [1:999] makes more than 10000 names'],
  ['x[1:2', '"x[1:2" is not the name of a host'],
]
for (const [pattern, names] of patterns)
  test(`the pattern ${pattern}`, () => {
    const found = expand(pattern)
    assert.equal('wrong' in found ? found.wrong : found.names, names)
  })

test('a port behind a pattern', () => {
  assert.equal(splitPort('web[1:3]:2222'), { pattern: 'web[1:3]', port: 2222 })
  assert.equal(splitPort('[2001:db8::1]:22'), { pattern: '[2001:db8::1]', port: 22 })
  assert.equal(splitPort('2001:db8::1'), { pattern: '2001:db8::1', port: undefined })
})

test.run()
