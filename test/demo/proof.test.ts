// What the demo takes for a proof that each slave answers from its own containers only.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { containersIn, isLocal, type Slave, tally } from './proof.ts'

const test = suite('demo: the proof')

const slaves: readonly Slave[] = [
  { name: 's1', address: '10.0.0.1' },
  { name: 's2', address: '10.0.0.2' },
]
const task = (n: number): string => `rails-app.instance-0000000${n}-e8d0-11f1-8138-4ef60ac81f53._app.1`
const hello = (n: number): string => `hello v1 task ${task(n)} on 10.0.0.1\n`
const [A, B, C] = [hello(1), hello(2), hello(3)]

// containers of s1 and s2; what each HAProxy was answered; who answered how often; does it hold?
const cases: readonly (readonly [string, [number[], number[]], [string[], string[]], string[], boolean])[] = [
  ['its own only', [[1, 2], [3]], [[A, B, A], [C]], ['s1 00000001 2', 's1 00000002 1', 's2 00000003 1'], true],
  [
    "another slave's answers",
    [[1, 2], [3]],
    [[A, B], [A]],
    ['s1 00000001 1', 's1 00000002 1', 's2 00000003 0', 's2 00000001 1'],
    false,
  ],
  [
    'a container that answers nothing',
    [[1, 2], [3]],
    [[A], [C]],
    ['s1 00000001 1', 's1 00000002 0', 's2 00000003 1'],
    false,
  ],
  ['a slave without containers', [[1], []], [[A], [A]], ['s1 00000001 1', 's2 00000001 1'], false],
  ['nobody answers', [[], []], [[], []], [], false],
  ['an error', [[1], [3]], [[A, 'status 503'], [C]], ['s1 00000001 1', 's1 status 503 1', 's2 00000003 1'], false],
  ['a container that is gone', [[1], [3]], [[A, B], [C]], ['s1 00000001 1', 's1 00000002 1', 's2 00000003 1'], false],
]

for (const [what, [one, two], [first, second], who, holds] of cases) {
  test(what, () => {
    const lines = [
      ...one.map((n) => `s1  MESOS_TASK_ID=${task(n)}`),
      's1  exit 1',
      ...two.map((n) => `s2  MESOS_TASK_ID=${task(n)}`),
    ]
    const answers = new Map([
      ['s1', first],
      ['s2', second],
    ])
    const rows = tally(slaves, answers, containersIn(lines))
    assert.equal(
      rows.map(({ slave, task, times }) => `${slave.name} ${task} ${times}`),
      who,
    )
    assert.is(isLocal(slaves, rows), holds)
  })
}

test.run()
