/** How one task more is started elsewhere, and where there is room for it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { longestGrace, moveOf, roomElsewhere } from '../../../recipes/mesos-agent/move.ts'
import type { MarathonApp } from '../../../src/index.ts'
import { app, slave, task } from '../../support/apps.ts'

const test = suite('draining: what is moved')

for (const [what, of, move] of [
  ['nothing here', app([task('a', 'B'), task('b', 'B')]), { free: true }],
  ['a healthy one elsewhere', app([task('a', 'A'), task('b', 'A'), task('c', 'B')]), { free: true }],
  [
    'one elsewhere that is not healthy yet',
    app([task('a', 'A'), task('b', 'B', { healthy: false })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'one elsewhere of an app without health checks',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined })], { definition: {} }),
    { free: true },
  ],
  [
    'one elsewhere that nobody has checked yet',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'one elsewhere that only Mesos calls healthy',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined, others: { mesos: true } })]),
    { free: true },
  ],
  [
    'one elsewhere that only answers',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined, others: { app: true } })]),
    { free: true },
  ],
  [
    'one elsewhere that Mesos calls sick',
    app([task('a', 'A'), task('b', 'B', { healthy: undefined, others: { mesos: false } })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'one elsewhere that starts',
    app([task('a', 'A'), task('b', 'B', { state: 'TASK_STAGING', healthy: undefined })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  ['all here', app([task('b', 'A'), task('a', 'A')]), { more: true }],
  ['all here, one of them ill', app([task('a', 'A'), task('b', 'A', { healthy: false })]), { kill: 'b' }],
  [
    'all here, one of them on its way',
    app([task('a', 'A'), task('b', 'A', { state: 'TASK_KILLING' })]),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'all here, one of them to be started elsewhere',
    app([task('a', 'A')], { instances: 2 }),
    { wait: 'a healthy task of /web on another host' },
  ],
  [
    'all here, one of them ended and to be started elsewhere',
    app([task('a', 'A'), task('b', 'A', { state: 'TASK_KILLED' })], { instances: 2 }),
    { wait: 'a healthy task of /web on another host' },
  ],
  ['its only one here', app([task('a', 'A')]), { alone: true }],
  [
    'all here in a deployment',
    app([task('a', 'A'), task('b', 'A')], { deployments: ['d'] }),
    { wait: 'the deployment of /web to end' },
  ],
  [
    'a deployment of a version that is sick',
    app([task('a', 'A', { healthy: false }), task('b', 'A', { healthy: false })], { deployments: ['d'] }),
    { free: true },
  ],
  [
    'a deployment of a version that starts again and again',
    app([task('a', 'A', { state: 'TASK_STAGING', healthy: undefined as never })], { deployments: ['d'] }),
    { free: true },
  ],
  [
    'a deployment of a version that starts, while the old one ends',
    app(
      [
        task('a', 'A', { state: 'TASK_KILLING' }),
        task('b', 'A', { state: 'TASK_STAGING', healthy: undefined as never }),
      ],
      { deployments: ['d'] },
    ),
    { wait: 'the deployment of /web to end' },
  ],
  [
    'a deployment of a version of which nobody knows how it is',
    app([task('a', 'A', { healthy: undefined as never })], { deployments: ['d'] }),
    { wait: 'the deployment of /web to end' },
  ],
  ['its only one here, which is sick', app([task('a', 'A', { healthy: false })]), { free: true }],
  [
    'a deployment, and a healthy one elsewhere',
    app([task('a', 'A'), task('b', 'B')], { deployments: ['d'] }),
    { free: true },
  ],
] as const) {
  test(`an app with ${what}`, () => assert.equal(moveOf(of as MarathonApp, 'A', true), move))
}

for (const [what, of, move] of [
  ['all here', app([task('b', 'A'), task('a', 'A')]), { stuck: true }],
  ['all here, one of them ill', app([task('a', 'A'), task('b', 'A', { healthy: false })]), { stuck: true }],
  ['all here, one of them ended', app([task('a', 'A')], { instances: 2 }), { stuck: true }],
  ['its only one here', app([task('a', 'A')]), { alone: true }],
  ['a healthy one elsewhere', app([task('a', 'A'), task('b', 'B')]), { free: true }],
] as const) {
  test(`no room elsewhere, and an app with ${what}`, () => assert.equal(moveOf(of as MarathonApp, 'A', false), move))
}

for (const [what, definition, others, room] of [
  ['nobody else', {}, [], false],
  ['another one', { cpus: 0.5, mem: 256 }, [slave('B')], true],
  ['another one that is full', { cpus: 0.5, mem: 1024 }, [slave('B')], false],
  ['another one that is drained, too', {}, [slave('B', { deactivated: true })], false],
  ['another one that is away', {}, [slave('B', { active: false })], false],
  ['a constraint that names this one', { constraints: [['hostname', 'CLUSTER', 'A']] }, [slave('B')], false],
  ['a constraint of one host, whichever', { constraints: [['hostname', 'CLUSTER']] }, [slave('B')], false],
  [
    'a rack that the other one does not have',
    { constraints: [['rack', 'LIKE', 'r1']] },
    [slave('B', { attributes: { rack: 'r2' } })],
    false,
  ],
  ['a rack that it has', { constraints: [['rack', 'LIKE', 'r1']] }, [slave('B', { attributes: { rack: 'r1' } })], true],
  ['one on each host', { constraints: [['hostname', 'UNIQUE']] }, [slave('B')], true],
] as const) {
  test(`room elsewhere: ${what}`, () =>
    assert.is(roomElsewhere(definition, slave('A', { attributes: { rack: 'r1' } }), [slave('A'), ...others]), room))
}

test('the longest grace of what is here', () => {
  const of = (seconds: unknown, agent: string) =>
    app([task('a', agent)], { definition: { taskKillGracePeriodSeconds: seconds } })
  assert.is(longestGrace([of(90, 'A'), of(300, 'B'), of(undefined, 'A')], 'A'), 90)
  assert.is(longestGrace([of(3, 'A')], 'A'), 60)
})

test.run()
