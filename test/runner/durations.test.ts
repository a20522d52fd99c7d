import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import committed from './durations.json' with { type: 'json' }
import { merged } from './durations.ts'
import { ROOT } from './suites.ts'

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

test('those that come with the project are of files that are there', () =>
  assert.equal(
    Object.keys(committed).filter((name) => !existsSync(join(ROOT, name))),
    [],
  ))

test.run()
