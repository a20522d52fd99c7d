/** What a plan says at its end about hosts that have turns. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planText } from '../../src/report/run/plan.ts'
import { change, planOf, resultOf, step } from '../support/played.ts'

const test = suite('turns, as a plan says them')

const restart = step('service', 'docker', change('restart', 'restart'))
const reboot = step('reboot', 'host', change('restart', 'as asked'))
const out = step('member', 'docker', change('update', 'taken out of service until provision undrain'))
const leaves = step('retired', 'host', change('update', 'leaves the cluster'))
const upgrade = step('upgrades', 'host', change('update', 'libssl3 1 → 2'))

for (const [what, plans, says] of [
  ['one restart', [[restart]], '1 step on 1 host. a would be restarted in its turn (docker).'],
  ['two restarts', [[restart], [restart]], '2 steps on 2 hosts. a and b would be restarted in turns (docker).'],
  ['a reboot, of which its step says enough', [[reboot]], '1 step on 1 host.'],
  ['a drain, which restarts nothing', [[out]], '1 step on 1 host.'],
  ['a host that leaves', [[leaves]], '1 step on 1 host.'],
  ['two reboots', [[reboot], [reboot]], '2 steps on 2 hosts. a and b would be changed in turns.'],
  ['upgrades', [[upgrade], [upgrade]], '2 steps on 2 hosts. a and b would be changed in turns.'],
  [
    'one that leaves, and a restart',
    [[leaves], [restart]],
    '2 steps on 2 hosts. b would be restarted in its turn (docker).',
  ],
] as const)
  test(what, () => {
    const results = plans.map((steps, i) => {
      const host = 'ab'.charAt(i)
      return resultOf(host, 'planned', { steps: steps.length, plan: planOf(host, steps, { rolls: ['docker'] }) })
    })
    assert.is(planText(results, 100, { columns: 120, unicode: true, colour: false }).at(-1), says)
  })

test.run()
