import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { boxName } from '../support/run-name.ts'
import { cpuTable, grown, openMeter } from './cpu.ts'

const test = suite('the CPU time of test files')

const counters: readonly (readonly [what: string, readings: readonly number[], sum: number])[] = [
  ['one that grows', [1, 3, 3, 4], 4],
  ['one that starts again', [5, 1, 2], 7],
]
for (const [what, readings, sum] of counters)
  test(`what a counter has counted: ${what}`, () => assert.is(readings.reduce(grown, { sum: 0, last: 0 }).sum, sum))

test('the table: most first, then the sums', () => {
  const table = cpuTable([
    { name: 'test/a.test.ts', kind: 'plain', seconds: 3, own: 1, hosts: 0 },
    { name: 'test/b.test.ts', kind: 'hosts', seconds: 20, own: 2, hosts: 9.26 },
    { name: 'the runner', seconds: 0, own: 0.5, hosts: 0 },
  ])
  assert.equal(
    table.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | ')),
    [
      'seconds of | time | CPU: own | of hosts | of both',
      'test/b.test.ts | 20.0 | 2.0 | 9.3 | 11.3',
      'test/a.test.ts | 3.0 | 1.0 | 0.0 | 1.0',
      'the runner | 0.0 | 0.5 | 0.0 | 0.5',
      'all plain | 3.0 | 1.0 | 0.0 | 1.0',
      'all hosts | 20.0 | 2.0 | 9.3 | 11.3',
      'all | 23.0 | 3.5 | 9.3 | 12.8',
    ],
  )
})

test("a process's time is counted, and its grandchildren's", async () => {
  const run = `${process.pid}-0`
  const meter = openMeter(run)
  if (typeof meter === 'string') return console.log(`not run here: ${meter}`)
  try {
    const spin = 'i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done'
    const [command = '', ...args] = [...meter.into('test/a.test.ts'), 'sh', '-c', `sh -c '${spin}' & wait`]
    execFileSync(command, args)
    const { own, hosts } = meter.used('test/a.test.ts', boxName(run, 'a.test.ts'))
    assert.ok(own > 0)
    assert.is(hosts, 0)
    assert.is(meter.used('test/b.test.ts', boxName(run, 'b.test.ts')).own, 0)
  } finally {
    await meter.close()
  }
})

test.run()
