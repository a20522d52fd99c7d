/** Whatever the width of a terminal, no line of a plan or a recap is wider, names of hosts and files apart. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostResult } from '../../src/engine/events.ts'
import { planText } from '../../src/report/run/plan.ts'
import { recap } from '../../src/report/run/recap.ts'
import { width } from '../../src/report/terminal/text.ts'
import { fleet } from '../support/fleet.ts'
import type { Played } from '../support/played.ts'
import { ensemble, ensemblePlan } from '../support/runs.ts'

const test = suite('narrow terminals')

const look = (columns: number) => ({ columns, unicode: true, colour: false })
const cost = { connections: 1, execs: 5, bytesUp: 4000, bytesDown: 10_000 }
const refused: HostResult = {
  host: 'a-host-with-a-rather-long-name',
  outcome: 'unreachable',
  reason: '10.0.0.14:22 refused the connection: is sshd running there, and is this its port?',
  steps: 0,
  owed: [],
  ms: 10,
  cost,
}
const changed: HostResult = { ...refused, host: 'b', outcome: 'changed', reason: '', steps: 12 }

const tooWide = (lines: readonly string[], columns: number): readonly string[] =>
  lines.filter((line) => width(line) > columns)

for (const columns of [20, 40, 60, 79, 80, 100, 200]) {
  test(`a recap at ${columns} columns`, () => {
    for (const hosts of [[refused, changed], [refused], fleet(50).result.hosts])
      assert.equal(tooWide(recap(hosts, 10, look(columns)), columns), [])
  })
  test(`a plan of hosts that cannot be reached, at ${columns} columns`, () =>
    assert.equal(tooWide(planText([refused, { ...refused, host: 'c' }], 10, look(columns)), columns), []))
}

test('a plan at 40 columns: text stands below names that leave no room', () => {
  const { result }: Played = ensemblePlan()
  const lines = planText(result.hosts, result.ms, look(40)).filter((line) => !/^ {6}[ @+-]/.test(line))
  // a line of a diff, and a path, are as long as they are
  assert.equal(
    tooWide(lines, 40).filter((line) => !line.includes('/')),
    [],
  )
})

test('with room, text stands beside its host', () => {
  const [first] = recap([refused, ensemble().result.hosts[0] as HostResult], 10, look(100)).slice(1)
  assert.match(first ?? '', /^a-host-with-…\S+ +unreachable {2}10\.0\.0\.14:22 refused/)
})

test.run()
