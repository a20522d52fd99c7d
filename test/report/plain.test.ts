import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunEvent } from '../../src/engine/events.ts'
import { plain } from '../../src/report/run/plain.ts'

const test = suite('report/plain')
const gate = (says: string) => ({ event: 'gate', host: 'a', recipe: 'consul', green: false, says })
const retry = { event: 'retry', host: 'a', reason: 'its sshd is busy' }
const done = { event: 'host', host: 'a', outcome: 'changed', ms: 1000 }

for (const [what, events, lines] of [
  [
    'once, however often it changes to and fro',
    ['x', 'y', 'x', 'y'].map(gate),
    ['waits for consul: x', 'waits for consul: y'],
  ],
  [
    'together with other waits',
    [gate('x'), retry, gate('x'), retry],
    ['waits for consul: x', 'retrying: its sshd is busy'],
  ],
  [
    'again after the host got on',
    [gate('x'), done, gate('x')],
    ['waits for consul: x', 'changed after 1.0 s', 'waits for consul: x'],
  ],
] as const) {
  test(`what a host waits for is said ${what}`, () => {
    const lineOf = plain({ columns: 80, unicode: true, colour: false })
    const run = { event: 'run', command: 'apply', hosts: ['a'] }
    const said = [run, ...events].flatMap((event) => lineOf({ at: 0, ...event } as RunEvent))
    assert.equal(
      said,
      lines.map((line) => `a  ${line}`),
    )
  })
}

test.run()
