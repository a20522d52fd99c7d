import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DeployEvent } from '../../src/deploy/events.ts'
import { plainDeploy } from '../../src/report/deploy/lines.ts'
import { advanceDeploy, newDeployView } from '../../src/report/deploy/view.ts'

// What is said about instances that wait: by what holds them back, whatever its words are.
const test = suite('deploy news')

const rolling = (at: number, more: object): DeployEvent => ({
  at,
  event: 'rolling',
  phase: 'forward',
  healthy: 1,
  of: 2,
  old: 0,
  hosts: [],
  ...more,
})
const look = { columns: 100, unicode: true, colour: false }

const cases: readonly (readonly [title: string, events: readonly object[], lines: number, shown: boolean])[] = [
  [
    'seconds that count down are no news',
    [9, 8].map((n) => ({ waits: `noch ${n} Sekunden`, held: 'delayed' })),
    1,
    true,
  ],
  ['other refusals are', ['cpus', 'disk'].map((waits) => ({ waits, held: 'refused' })), 2, true],
  ['the next offer is told once, and not shown', [1, 2].map(() => ({ waits: 'a: b' })), 1, false],
]
for (const [title, events, lines, shown] of cases) {
  test(title, () => {
    const say = plainDeploy(look)
    assert.is(events.flatMap((more, at) => say(rolling(at, more))).length, lines)
    const view = newDeployView('/web')
    for (const [at, more] of events.entries()) advanceDeploy(view, rolling(at, more))
    assert.is(view.parts.at(-1)?.text.includes(';'), shown)
  })
}

test.run()
