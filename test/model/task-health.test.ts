import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answers, marathonSays, type TaskHealth, taskHealth, type Witnesses } from '../../src/model/task-health.ts'

const test = suite('the health of a task')

// what is said of a task that runs, of an app with checks; its health; does it answer?
const table: readonly (readonly [string, Partial<Witnesses>, TaskHealth, boolean | undefined])[] = [
  ['nobody says anything', {}, 'unknown', undefined],
  ['Marathon calls it healthy', { marathon: true }, 'healthy', true],
  ['Marathon calls it sick', { marathon: false }, 'unhealthy', false],
  ['Marathon has forgotten it, Mesos calls it healthy', { mesos: true }, 'healthy', true],
  ['Marathon has forgotten it, Mesos calls it sick', { mesos: false }, 'unhealthy', false],
  ['only the app answers', { app: true }, 'healthy', true],
  ['only the app answers, with an error', { app: false }, 'unhealthy', false],
  ['only HAProxy finds it up', { haproxy: true }, 'healthy', true],
  ['only HAProxy finds it down', { haproxy: false }, 'unhealthy', false],
  ['the app answers, and HAProxy has it down', { app: true, haproxy: false }, 'healthy', true],
  ['Marathon and Mesos call it sick, and it answers', { marathon: false, mesos: false, app: true }, 'unhealthy', true],
  ['Mesos calls it sick, and HAProxy sends to it', { mesos: false, haproxy: true }, 'unhealthy', true],
  ['Marathon calls it healthy, and it answers with an error', { marathon: true, app: false }, 'healthy', false],
  ['Mesos calls it healthy, HAProxy finds it down', { mesos: true, haproxy: false }, 'healthy', false],
  ['its app has no checks', { checked: false }, 'healthy', true],
  ['it starts, and what it was before was healthy', { running: false, marathon: true }, 'unknown', false],
  ['it ends, and still answers', { running: false, app: true }, 'unknown', false],
]
for (const [what, said, health, answering] of table)
  test(what, () => {
    const all = { running: true, checked: true, ...said }
    assert.equal([taskHealth(all), answers(all)], [health, answering])
  })

const ok = (lastSuccess: number | undefined) => ({ alive: true, lastSuccess })
const bad = { alive: false, lastSuccess: undefined }

// results, how many checks there are, when the task started; what Marathon says
for (const [what, results, checks, startedAt, says] of [
  ['no result', [], 1, 100, undefined],
  ['no check', [], 0, 100, undefined],
  ['a success', [ok(101)], 1, 100, true],
  ['a failure', [bad], 1, 100, false],
  ['one of two results', [ok(101)], 2, 100, undefined],
  ['a failure, one of two results', [bad], 2, 100, false],
  ['two successes', [ok(101), ok(102)], 2, 100, true],
  ['a success and a failure', [ok(101), bad], 2, 100, false],
  ['the success of the task before it', [ok(99)], 1, 100, undefined],
  ['a success without a time', [ok(undefined)], 1, 100, undefined],
  ['a success, and no start', [ok(101)], 1, undefined, undefined],
] as const)
  test(`Marathon lists ${what}`, () => assert.is(marathonSays(results, checks, startedAt), says))

test.run()
