import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { parseObservation, questions } from '../../../src/engine/observe/observe.ts'
import { defineResource } from '../../../src/model/define-resource.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { FrameError, framed } from '../../../src/shell/frame.ts'
import { type Script, sh } from '../../../src/shell/script.ts'
import { note, pack } from '../../support/toys.ts'

const test = suite('observe')
const nonce = 'n0nce'
const ask = (resources: readonly Resource[]) => {
  const dir = mkdtempSync(join(tmpdir(), 'provision-observe-'))
  writeFileSync(join(dir, 'x'), 'one')
  writeFileSync(join(dir, 'it’s  here'), 'two')
  const { stdout, stderr } = spawnSync('sh', {
    input: framed(nonce, questions(resources)).text,
    encoding: 'utf8',
    cwd: dir,
  })
  rmSync(dir, { recursive: true })
  return { stdout, stderr, parsed: () => parseObservation(nonce, stdout, stderr, resources) }
}
/** A type with this probe. */
const probe = (name: string, script: Script) =>
  defineResource<v.GenericSchema<object, object>, object, string>({
    name,
    properties: v.object({}),
    observe: () => script,
    parse: ([first]) => first?.join('|') ?? '',
    diff: () => [],
    apply: () => script,
  })

test('one probe for each type, whatever the order', () => {
  const asked = questions([note('x', { text: '' }), pack('p', {}), note('y', { text: '' }), pack('q', {})])
  assert.equal(
    asked.map((s) => s.key),
    ['facts', '0-note', '1-pack'],
  )
})

test('each has its state, absent is one of them', () => {
  const { states, errors } = ask([
    note('x', { text: '' }),
    pack('p', {}),
    note('it’s  here', { text: '' }),
    note('no such', { text: '' }),
  ]).parsed()
  assert.equal(
    [...states],
    [
      ['note x', 'one'],
      ['note it’s  here', 'two'],
      ['note no such', 'absent'],
      ['pack p', 'absent'],
    ],
  )
  assert.equal(errors, [])
})

const failing: readonly (readonly [string, Script, string])[] = [
  [
    'exits',
    sh`printf 'r\tfine\n'; echo 'disk on fire' >&2; exit 5`,
    'bad: its state cannot be read: disk on fire (exit 5)',
  ],
  ['a command of it fails', sh`false; printf 'r\tfine\n'`, 'bad: its state cannot be read: no message (exit 1)'],
  ['says nothing', sh`:`, 'bad r: its probe said nothing about it'],
  ['speaks of others', sh`printf 's\tfine\n'`, 'bad r: its probe said nothing about it'],
  [
    'cannot see one',
    sh`printf 'r\tkind\n'; printf 'r\t!\tPermission denied\n'`,
    'bad r: its state cannot be read: Permission denied',
  ],
]
for (const [name, script, error] of failing) {
  test(`a probe that ${name} is an error, never "absent", and takes no other along`, () => {
    const { states, errors } = ask([note('x', { text: '' }), probe('bad', script)('r', {}), pack('p', {})]).parsed()
    assert.equal(errors, [error])
    assert.equal([...states.keys()], ['note x', 'pack p'])
  })
}

test('all lines and fields of one resource reach it', () => {
  const { states } = ask([probe('many', sh`printf 'r\ta\tb\t\tc d\nother\tx\nr\tsecond\n'`)('r', {})]).parsed()
  assert.is(states.get('many r'), 'a|b||c d')
})

test('an answer cut anywhere is refused', () => {
  const resources = [note('x', { text: '' }), pack('p', {})]
  const { stdout, stderr } = ask(resources)
  const whole = stdout.trimEnd().length
  for (let at = 0; at < whole; at += 1)
    assert.throws(
      () => parseObservation(nonce, stdout.slice(0, at), stderr, resources),
      (e: Error) => e instanceof FrameError,
      `at ${at}`,
    )
})

test.run()
