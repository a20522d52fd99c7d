import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Report } from './child/report.ts'
import { type Ended, type Outcome, outcomeOf } from './outcome.ts'
import { suiteLines } from './screen.ts'

const test = suite('how a test file ended')

const one = (tests: number, skipped = 0): Report => ({ kind: 'suite', tests, skipped })
const passed: Report = { kind: 'passed' }
const failed: Report = { kind: 'failed', what: 'x', error: 'Error: oops' }
const ended: Report = { kind: 'ended' }
const well: Ended = { exit: 0, output: '', left: [] }
const said = '"x"\nError: oops'

type Case = readonly [what: string, reports: readonly Report[], end: Ended, outcome: Partial<Outcome>]
const cases: readonly Case[] = [
  ['all pass', [one(2), passed, passed, ended], well, { passed: 2, failed: 0 }],
  [
    'all pass, and something stays open',
    [one(1), passed, ended, { kind: 'lingers', seconds: 120, open: ['TCPServerWrap', 'Timeout'] }],
    { ...well, exit: 1 },
    { passed: 1, failed: 1, problem: 'still running 120 s after its tests; open: TCPServerWrap, Timeout' },
  ],
  ['one fails', [one(2), passed, failed, ended], { ...well, exit: 1 }, { passed: 1, failed: 1 }],
  ['two suites', [one(1), one(1), passed, ended, failed, ended], { ...well, exit: 1 }, { passed: 1, failed: 1 }],
  ['a hook before the tests fails', [one(3), failed, ended], well, { passed: 0, failed: 3 }],
  ['a hook after the tests fails', [one(1), passed, failed, ended], well, { passed: 1, failed: 1 }],
  [
    'a test fails, and a hook after it',
    [one(2), passed, failed, failed, ended],
    { ...well, exit: 1 },
    { passed: 1, failed: 2 },
  ],
  [
    'one fails and the next does not end',
    [one(3), passed, failed],
    { ...well, exit: null, late: 9 },
    { passed: 1, failed: 2, problem: 'no result for 9 s', failures: [said] },
  ],
  [
    'one fails and the process ends',
    [one(3), passed, failed],
    { ...well, exit: 3 },
    { passed: 1, failed: 2, problem: 'ended before its tests did (exit 3)', failures: [said] },
  ],
  ['the second suite is not reached', [one(1), one(1), passed, ended], { ...well, exit: 1 }, { failed: 1, passed: 1 }],
  ['no suite', [], well, { failed: 1, problem: 'ran no test: is .run() missing?' }],
  [
    'nothing that can be run here',
    [],
    { ...well, output: 'not run here: no moon\n' },
    { failed: 0, notRun: ['no moon'] },
  ],
  [
    'it cannot be loaded',
    [],
    { ...well, exit: 1, output: 'not run here: no moon\n' },
    { failed: 1, problem: 'ended before its tests did (exit 1)' },
  ],
  [
    'another exit',
    [one(1), passed, ended],
    { ...well, exit: 7 },
    { failed: 1, problem: 'every test passed, yet it ended with exit 7' },
  ],
  [
    'all pass, and files are left where it stood',
    [one(1), passed, ended],
    { ...well, left: ['looks', 'out.json'] },
    { passed: 1, failed: 1, problem: 'it has left in its working directory: looks, out.json' },
  ],
  ['some are skipped', [one(1, 2), passed, ended], well, { failed: 0, notRun: ['2 tests that the file itself skips'] }],
]
for (const [what, reports, end, outcome] of cases) {
  test(what, () => {
    const found = outcomeOf(reports, end)
    const names = Object.keys(outcome) as (keyof Outcome)[]
    assert.equal(Object.fromEntries(names.map((name) => [name, found[name]])), outcome)
  })
}

test('a file that ends early still shows the failures that it had', () => {
  const outcome = outcomeOf([one(3), passed, failed], { ...well, exit: null, late: 9, output: 'dots\n' })
  const shown = suiteLines({ file: '/t', name: 'test/t.test.ts', kind: 'plain' }, outcome, 9.04, 'dots\n', {
    done: 1,
    of: 4,
    secondsLeft: 130,
  })
  assert.equal(shown.split('\n'), [
    `1/4 ~2 min left  ${'test/t.test.ts'.padEnd(48)} 1 passed, 2 FAILED, no result for 9 s  (9.0 s)`,
    '    dots',
    '    "x"',
    '    Error: oops',
    '',
  ])
})

test.run()
