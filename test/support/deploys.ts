// Scripted deployments for looking at reports: their events and results.
import type { DeployEvent, DeployResult, HostTasks } from '../../src/deploy/events.ts'

export interface PlayedDeploy {
  readonly events: readonly DeployEvent[]
  readonly result: DeployResult
}

const APP = '/rails-app'
const tasks = (host: string, old: number, fresh: number, healthy: number): HostTasks => ({ host, old, fresh, healthy })
const rolling = (
  at: number,
  healthy: number,
  of: number,
  hosts: readonly HostTasks[],
  more: object = {},
): DeployEvent => ({
  at,
  event: 'rolling',
  phase: 'forward',
  healthy,
  of,
  old: hosts.reduce((sum, { old }) => sum + old, 0),
  hosts,
  ...more,
})

const played = (events: readonly DeployEvent[], result: Partial<DeployResult>): PlayedDeploy => {
  const whole: DeployResult = {
    app: APP,
    outcome: 'live',
    from: 'v12',
    to: 'v13',
    instances: 4,
    findings: [],
    ms: 27_000,
    exitCode: 0,
    ...result,
  }
  return { events: [...events, { at: whole.ms, event: 'done', ...whole }], result: whole }
}

const begin: DeployEvent = { at: 0, event: 'begin', app: APP, from: 'v12', to: 'v13', instances: 4, before: 4 }
const images: readonly DeployEvent[] = [
  { at: 100, event: 'image', host: 'slave-1', state: 'looking' },
  { at: 110, event: 'image', host: 'slave-2', state: 'looking' },
  { at: 400, event: 'image', host: 'slave-1', state: 'there' },
  { at: 500, event: 'image', host: 'slave-2', state: 'loading' },
  { at: 3100, event: 'image', host: 'slave-2', state: 'loaded' },
]
const start: readonly DeployEvent[] = [
  begin,
  ...images,
  { at: 3300, event: 'sent', version: '2026-11-22T12:26:33.505Z', deployment: '4a1e' },
]
const first = [tasks('slave-1', 2, 1, 0), tasks('slave-2', 2, 1, 0)]

/** Everything goes well. */
export const wellDone = (): PlayedDeploy =>
  played(
    [
      ...start,
      rolling(3400, 0, 4, [tasks('slave-1', 2, 0, 0), tasks('slave-2', 2, 0, 0)]),
      rolling(5400, 0, 4, first),
      rolling(9400, 2, 4, [tasks('slave-1', 1, 1, 1), tasks('slave-2', 1, 1, 1)]),
      rolling(14_400, 4, 4, [tasks('slave-1', 0, 2, 2), tasks('slave-2', 0, 2, 2)]),
      { at: 25_500, event: 'serving', host: 'slave-1', ok: true, says: 'sends to 2 of 2 tasks on its slave' },
      { at: 26_500, event: 'serving', host: 'slave-2', ok: true, says: 'sends to 2 of 2 tasks on its slave' },
    ],
    { probes: { asked: 48, failed: 0 } },
  )

/** The new version exits; the old one keeps serving. */
export const takenBack = (): PlayedDeploy =>
  played(
    [
      begin,
      {
        at: 10,
        event: 'finding',
        name: 'prestop',
        level: 'warn',
        path: 'args',
        message:
          'nothing shows a pre-stop: a task that stops at SIGTERM is still sent requests until every HAProxy knows.',
      },
      ...images,
      rolling(5400, 0, 4, first),
      {
        at: 6400,
        event: 'task-failed',
        host: 'slave-2',
        task: 'rails-app.instance-dd9ce097._app.1',
        says: 'Container exited with status 1',
        lines: [
          "/app/config/application.rb:7:in `<main>'",
          'PG::ConnectionBad: could not translate host name "db" to address',
        ],
      },
      rolling(8400, 0, 4, [tasks('slave-1', 2, 1, 0), tasks('slave-2', 2, 0, 0)], { waits: '1 waits for an offer' }),
      { at: 12_400, event: 'back', says: '3 tasks of v13 ended: Container exited with status 1' },
      { at: 12_500, event: 'back', says: 'ends the 2 tasks of the failed version and no others' },
      { at: 15_500, event: 'back', says: 'v12 comes in again, task by task' },
      rolling(17_500, 2, 4, [tasks('slave-1', 1, 1, 1), tasks('slave-2', 1, 1, 1)], { phase: 'back' }),
      rolling(25_500, 4, 4, [tasks('slave-1', 0, 2, 2), tasks('slave-2', 0, 2, 2)], { phase: 'back' }),
    ],
    {
      outcome: 'failed',
      exitCode: 1,
      reason: '3 tasks of v13 ended: Container exited with status 1.\nv12 serves again (4 of 4 healthy).',
      words: {
        host: 'slave-2',
        lines: [
          "/app/config/application.rb:7:in `<main>'",
          'PG::ConnectionBad: could not translate host name "db" to address',
        ],
      },
      back: { done: true, healthy: 4, of: 4 },
      probes: { asked: 48, failed: 0 },
    },
  )

/** A refusal, before anything is sent. */
export const refused = (): PlayedDeploy =>
  played([begin], {
    outcome: 'refused',
    exitCode: 1,
    ms: 300,
    reason: [
      'constraints[0]  GROUP_BY breaks Marathon: without a number it divides by zero, and no app starts another task; with one, a later scale-up hangs for ever. To spread tasks use ["hostname", "MAX_PER", "N"]. (--allow group-by)',
      'taskKillGracePeriodSeconds  10 s are not longer than the pre-stop of 10 s: what is still being answered then is cut off. Set it to 40. (--allow grace)',
    ].join('\n'),
  })

/** More tasks than there is room for at the moment. */
export const scaled = (): PlayedDeploy =>
  played(
    [
      { at: 0, event: 'begin', app: APP, from: 'v12', to: 'v12', instances: 6, before: 4 },
      rolling(1400, 4, 6, [tasks('slave-1', 0, 3, 2), tasks('slave-2', 0, 2, 2)], {
        waits: '1 waits: 2 of 2 offers: too few cpus',
        held: 'refused',
      }),
    ],
    { to: 'v12', instances: 6, ms: 9200 },
  )

/** Fifty slaves, and a Marathon during a change of leader. */
export const wide = (): PlayedDeploy =>
  played(
    [
      { ...begin, instances: 150 } as DeployEvent,
      ...Array.from(
        { length: 50 },
        (_, i): DeployEvent => ({
          at: 200 + i,
          event: 'image',
          host: `slave-${i + 1}`,
          state: i < 40 ? 'pulled' : 'pulling',
        }),
      ),
      rolling(
        9400,
        61,
        150,
        Array.from({ length: 50 }, (_, i) => tasks(`slave-${i + 1}`, i % 3, 2, i % 2)),
      ),
      {
        at: 12_000,
        event: 'away',
        says: 'Marathon does not answer: master-1: GET /v2/apps/rails-app answered 500; master-2: 10.0.0.12:8080 refused the connection',
      },
    ],
    { instances: 150 },
  )

/** Names and text with terminal control sequences. */
export const hostileDeploy = (): PlayedDeploy =>
  played(
    [
      { ...begin, to: 'v13\x1b[2J' } as DeployEvent,
      rolling(5400, 0, 4, [tasks('sl\x1b]0;x\x07ave', 2, 1, 0)]),
      { at: 6000, event: 'task-failed', host: 'slave-1', task: 't', says: 'exit\x1b[31m 1', lines: ['\u202egnirts'] },
    ],
    {
      outcome: 'failed',
      exitCode: 1,
      to: 'v13\x1b[2J',
      reason: 'it\x1b[2J failed',
      words: { host: 'slave-1', lines: ['\x1b[2Jaway'] },
    },
  )
