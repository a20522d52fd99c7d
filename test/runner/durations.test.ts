import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { merged } from './durations.ts'

const test = suite('what is kept of durations')

const cases: readonly (readonly [
  what: string,
  kept: Record<string, number>,
  took: Record<string, number>,
  is: Record<string, number>,
])[] = [
  ['the last one counts', { 'test/a.test.ts': 1 }, { 'test/a.test.ts': 2 }, { 'test/a.test.ts': 2 }],
  ['files of the project', {}, { 'test/a.test.ts': 2 }, { 'test/a.test.ts': 2 }],
  ['not those of others', { 'test/a.test.ts': 1 }, { '../../tmp/run-1/b.test.ts': 2 }, { 'test/a.test.ts': 1 }],
  ['nor what was kept of such', { '../tmp/run-1/b.test.ts': 2 }, { 'test/a.test.ts': 1 }, { 'test/a.test.ts': 1 }],
]
for (const [what, kept, took, is] of cases) test(what, () => assert.equal(merged(kept, took), is))

test.run()
