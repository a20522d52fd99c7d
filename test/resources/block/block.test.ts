import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Resource } from '../../../src/model/resource.ts'
import { block } from '../../../src/resources/edits/block.ts'
import { line } from '../../../src/resources/edits/line.ts'
import { fc } from '../../support/checks.ts'
import { converge, inSync, refusalOf } from '../../support/loop.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('parts of a file on this machine')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

/** What becomes of a text, and whether the plan refuses that. */
function edited({ at }: { at: Place }, resource: (path: string) => Resource, text: string): [string, boolean] {
  const path = `${at.path}/file`
  writeFileSync(path, text)
  const [verdict] = converge(at.run, [resource(path)])
  assert.ok(inSync(at.run, [resource(path)]), 'in sync afterwards')
  return [readFileSync(path, 'utf8'), verdict !== undefined && 'refusal' in verdict]
}

const BLOCK = '# provision: begin b\nx\ny\n# provision: end b\n'
const wanted = (path: string): Resource => block('b', { path, content: 'x\ny\n' })
const gone = (path: string): Resource => block('b', { path, ensure: 'absent' })

const cases: readonly (readonly [what: string, is: string, becomes: string, refused?: boolean])[] = [
  ['no end', 'a\n# provision: begin b\nx\ny\nc\n', `a\n${BLOCK}c\n`],
  ['no beginning', 'a\nx\ny\n# provision: end b\nc\n', `a\n${BLOCK}c\n`],
  ['two beginnings', `# provision: begin b\nx\ny\n${BLOCK}c\n`, `${BLOCK}c\n`],
  ['two ends', `${BLOCK}x\ny\n# provision: end b\nc\n`, `${BLOCK}c\n`],
  ['twice', `${BLOCK}a\n${BLOCK}`, `${BLOCK}a\n`],
  ['line ends of Windows', `a\n${BLOCK}c\n`.replaceAll('\n', '\r\n'), `a\r\n${BLOCK}c\r\n`],
  ['… and no end', 'a\r\n# provision: begin b\r\nx\r\ny\r\nc\r\n', `a\r\n${BLOCK}c\r\n`],
  ['indented marks, and blanks after them', `a\n\t${BLOCK.replace('end b', 'end b \t')}c\n`, `a\n${BLOCK}c\n`],
  ['marks of another comment', `a\n${BLOCK.replaceAll('#', ';')}c\n`, `a\n${BLOCK}c\n`],
  ['other lines without an end', 'a\n# provision: begin b\nx\nz\nc\n', `a\nx\nz\nc\n${BLOCK}`, true],
  ['other lines without a beginning', 'a\nz\ny\n# provision: end b\nc\n', `a\nz\ny\nc\n${BLOCK}`, true],
  ['a block after other lines without an end', `# provision: begin b\nz\n${BLOCK}`, `z\n${BLOCK}`, true],
  ['fewer lines than its own', '# provision: begin b\nx', `x\n${BLOCK}`, true],
  [
    'marks of another block',
    'a\n# provision: begin bb\n# see provision: end b\n',
    `a\n# provision: begin bb\n# see provision: end b\n${BLOCK}`,
  ],
]
for (const [what, is, becomes, refused = false] of cases)
  test(`a block with ${what}`, (context) => assert.equal(edited(context, wanted, is), [becomes, refused]))

test('a block that is to go, of which one mark is left, is refused', ({ at }) => {
  const path = `${at.path}/file`
  writeFileSync(path, '# provision: begin b\nx\ny\nc\n')
  const { refusal, remedy } = refusalOf(converge(at.run, [gone(path)])[0])
  assert.equal([refusal, remedy], ['block-marks', 'Remove those lines and the other mark by hand.'])
})

test('a block that is to go and is not there leaves every byte', (context) => {
  for (const text of ['', 'a', 'a\r\n', '# provision: begin bb\nx\n# provision: end bb'])
    assert.equal(edited(context, gone, text), [text, false])
})

test('a block of a name that ends with a blank is found again', (context) => {
  const named = (path: string): Resource => block(' b ', { path, content: 'x\n', comment: '--  #' })
  assert.equal(edited(context, named, 'a\n'), ['a\n--  # provision: begin  b\nx\n--  # provision: end  b\n', false])
})

const lines = fc.array(
  fc.constantFrom(
    'a',
    'x',
    'y',
    'x\r',
    '# provision: begin b',
    '# provision: end b',
    '; provision: begin b',
    '# provision: end b\r',
  ),
  { maxLength: 9 },
)
test('whatever the marks: the block is there once, and no other line goes that is not its own', (context) => {
  fc.assert(
    fc.property(lines, (all) => {
      const [text] = edited(context, wanted, all.map((each) => `${each}\n`).join(''))
      assert.is(text.split(BLOCK).length, 2)
      assert.not.match(text.replace(BLOCK, ''), 'provision:')
    }),
    { numRuns: 30 },
  )
})

test('a line that several sections of a file have stays in each', (context) => {
  const one = (path: string): Resource => line('l', { path, line: 'x=1' })
  for (const text of ['[a]\nx=1\n[b]\nx=1\n', '[a]\nx=1\n[b]\nx=1', 'x=1'])
    assert.equal(edited(context, one, text), [text, false])
})

test('an edit whose text says failed', (context) => {
  const one = (path: string): Resource => line('l', { path, line: 'on=failed' })
  assert.equal(edited(context, one, 'status 2\na\n'), ['status 2\na\non=failed\n', false])
  assert.equal(edited(context, one, 'a\0\n'), ['a\0\non=failed\n', false])
})

test.run()
