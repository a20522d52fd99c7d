import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { frame } from '../../src/report/run/frame.ts'
import { advance, newView } from '../../src/report/run/view.ts'
import { width } from '../../src/report/terminal/text.ts'
import { fc } from '../support/checks.ts'
import { fleet } from '../support/fleet.ts'
import type { Played } from '../support/played.ts'
import { ensemble, hostile, still, trickle } from '../support/runs.ts'

const test = suite('report frame')
const runs: readonly Played[] = [ensemble(), hostile(), trickle(), still(3), fleet(5), fleet(50), fleet(120)]

test('a frame fits its screen at any time and size, and has one line a host where there is room', () => {
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 220 }),
    rows: fc.integer({ min: 1, max: 60 }),
    unicode: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.constantFrom(...runs),
      fc.integer({ min: 0, max: 30_000 }),
      size,
      (played, now, { columns, rows, unicode }) => {
        const view = newView()
        for (const event of played.events) if (event.at <= now) advance(view, event)
        const lines = frame(view, { columns, rows, unicode, colour: false, now })
        assert.ok(lines.length <= Math.max(0, rows - 1), `${lines.length} lines in ${rows} rows`)
        if (columns >= 30)
          for (const line of lines) assert.ok(width(line) <= columns, `${width(line)} > ${columns}: ${line}`)
        if (rows > view.hosts.size) assert.is(lines.length, view.hosts.size)
      },
    ),
    { numRuns: 500 },
  )
})

test('columns stand still while a run goes on', () => {
  const view = newView()
  const starts = new Set<number>()
  for (const event of ensemble().events) {
    advance(view, event)
    const line = frame(view, { columns: 100, rows: 24, unicode: true, colour: false, now: event.at }).find((l) =>
      /^zk-1 .*(package|file|service) /.test(l),
    )
    if (line) starts.add(line.search(/(package|file|service) /))
  }
  assert.is(starts.size, 1)
})

test('the stage that it is in is named above the hosts, where there is room for a line more', () => {
  const view = newView()
  for (const event of ensemble().events) if (event.at <= 2000) advance(view, event)
  const hosts = [...view.hosts.keys()]
  advance(view, { event: 'stage', at: 2000, index: 1, of: 3, says: 'ZooKeeper 3 → 4 (zk-4 joins)', hosts })
  const at = (rows: number) => frame(view, { columns: 80, rows, unicode: true, colour: false, now: 3000 })
  assert.is(at(24)[0], 'stage 2 of 3: ZooKeeper 3 → 4 (zk-4 joins)')
  assert.is(at(24).length, hosts.length + 1)
  assert.is(at(hosts.length + 1).length, hosts.length)
  assert.not.match(at(hosts.length + 1).join('\n'), /stage/)
})

test('with too few rows, what is being changed and what failed is shown', () => {
  const view = newView()
  for (const event of fleet(50).events) if (event.at <= 6000) advance(view, event)
  const lines = frame(view, { columns: 80, rows: 24, unicode: true, colour: false, now: 6000 })
  const busy = [...view.hosts.values()].filter((h) => h.phase === 'applying' || h.phase === 'verifying')
  assert.ok(busy.length > 5 && busy.length < 22)
  for (const host of busy)
    assert.ok(
      lines.some((line) => line.startsWith(host.name)),
      host.name,
    )
  assert.match(lines.at(-1) as string, /^… \d+ more: /)
})

test.run()
