import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunEvent } from '../../../src/engine/events.ts'
import { fakeHost } from '../../support/fake-host.ts'
import { runner } from '../../support/runs-of.ts'
import { clusterOf } from '../../support/toys.ts'
import { simple } from './ground.ts'

const test = suite('run: many lost links')

test('more than ten hosts wait to be reached again, and Node prints no warning', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `h${i}`)
  const hosts = Object.fromEntries(names.map((name) => [name, fakeHost()]))
  for (const host of Object.values(hosts)) host.fault = () => ({ dropAt: 0 })
  const warnings: string[] = []
  const warn = ({ message }: Error): void => void warnings.push(message)
  const stop = new AbortController()
  const waiting = new Set<string>()
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'retry') waiting.add(event.host)
    if (waiting.size === names.length) setImmediate(() => stop.abort())
  }
  process.on('warning', warn)
  try {
    const run = runner(hosts)
    await run.plan(clusterOf(names, simple('1')), { leave: stop.signal, reconnects: [600_000], onEvent })
  } finally {
    process.off('warning', warn)
    for (const host of Object.values(hosts)) host.remove()
  }
  assert.is(waiting.size, names.length)
  assert.equal(warnings, [])
})

test.run()
