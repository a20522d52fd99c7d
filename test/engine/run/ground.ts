/** Runs on two hosts that are folders. */

import type { Test } from 'uvu'
import type { Script } from '../../../src/shell/script.ts'
import { type FakeHost, fakeHost } from '../../support/fake-host.ts'
import { runner } from '../../support/runs-of.ts'
import { daemon, note, recipe } from '../../support/toys.ts'

/** What each test gets: two hosts, and what runs on them. */
export interface Ctx {
  a: FakeHost
  b: FakeHost
  run: ReturnType<typeof runner>
}

/** Gives each test of a suite hosts of its own. */
export function onTwoHosts(test: Test<Ctx>): void {
  test.before.each((ctx) => {
    ctx.a = fakeHost()
    ctx.b = fakeHost()
    ctx.run = runner({ a: ctx.a, b: ctx.b })
  })
  test.after.each((ctx) => {
    ctx.a.remove()
    ctx.b.remove()
  })
}

/** Two files, of which one says this. */
export const simple = (text: string) => recipe('simple', () => [note('x', { text }), note('y', { text: 'fixed' })])

/** Config, package, unit and a service that restarts on all of them. */
export const served = (text: string, hooks: { before?: Script; after?: Script; restarting?: Script } = {}) => {
  const { restarting, ...around } = hooks
  const config = note('config', { text, ...around })
  const unit = note('unit', { text: `unit of ${text}` })
  return recipe('served', () => [
    config,
    note('between', { text }),
    unit,
    daemon('d', { reads: ['config', 'unit'], restartOn: [config, unit], ...(restarting ? { restarting } : {}) }),
  ])
}
