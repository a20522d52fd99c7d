import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { App, Task } from '../../src/registrar/marathon/answers.ts'
import { type Decision, decide, type Situation } from '../../src/registrar/services/decide.ts'
import { inState, type Registration } from '../../src/registrar/services/registration.ts'
import { look } from '../../src/registrar/services/view.ts'
import { alive, app, at, check, dead, ms, SELF, task, taskId } from './support.ts'

const test = suite('registrar/decide')

const A = taskId('web', 'aaaaaaaa')
const B = taskId('web', 'bbbbbbbb')
const seenOf = (tasks: readonly Task[], more: Partial<App> = {}) =>
  look([app('/web', { checks: [check], ...more, tasks })], SELF).seen
const ready = (id: string, more: Partial<Task> = {}): Task => task(id, { results: [alive(101)], ...more })
/** What is registered for a task. */
const reg = (id: string, more: Partial<Task> = {}, labels: App['labels'] = { 'lb.enable': 'true' }): Registration =>
  [...seenOf([ready(id, more)], { labels }).values()][0]?.registration as Registration
const ownedOf = (...all: readonly Registration[]) => new Map(all.map((each) => [each.id, each]))
const situation = (more: Partial<Situation>): Situation => ({
  seen: new Map(),
  owned: new Map(),
  killing: new Set(),
  ended: new Set(),
  missed: new Map(),
  ...more,
})
/** Looks in a row that lacked these tasks. */
const lacked = (count: number, ...all: readonly Registration[]) => new Map(all.map(({ id }) => [id, count]))
const letter = (id: string) => /instance-(.)/.exec(id)?.[1]
/** A decision in few words: `+a serving`, `-a`, `a lacked 1`. */
const words = ({ deregister, register, missed }: Decision): string =>
  [
    ...deregister.map((id) => `-${letter(id)}`),
    ...register.map(({ id, meta }) => `+${letter(id)} ${meta.state}`),
    ...[...missed].map(([id, count]) => `${letter(id)} lacked ${count}`),
  ].join(', ')

const port = (n: number) => ({ ports: [n] })
const OTHER = port(31002)
/** A task of another app, which is seen, and which is registered beside one of /web. */
const C = taskId('api', 'cccccccc')
const OTHERS = look([app('/api', { checks: [check], tasks: [ready(C, OTHER)] })], SELF).seen
const TWO = ownedOf(reg(A), reg(B, OTHER))
const BOTH = ownedOf(reg(A), ...[...OTHERS.values()].map(({ registration }) => registration))

for (const [what, more, expected] of [
  ['a ready task', { seen: seenOf([ready(A)]) }, '+a serving'],
  ['one that is registered', { seen: seenOf([ready(A)]), owned: ownedOf(reg(A)) }, ''],
  ['one that is registered on another port', { seen: seenOf([ready(A)]), owned: ownedOf(reg(A, OTHER)) }, '+a serving'],
  ['one that starts', { seen: seenOf([task(A, { state: 'TASK_STARTING' })]) }, ''],
  ['blank results: adds nothing', { seen: seenOf([task(A)]) }, ''],
  ['blank results: removes nothing', { seen: seenOf([task(A)]), owned: ownedOf(reg(A)) }, ''],
  ['blank results: a backup stays one', { seen: seenOf([task(A)]), owned: ownedOf(inState(reg(A), 'draining')) }, ''],
  [
    'an agent that is not reached',
    { seen: seenOf([task(A, { state: 'TASK_UNREACHABLE' })]), owned: ownedOf(reg(A)) },
    '',
  ],
  ['one that fails', { seen: seenOf([task(A, { results: [dead] })]), owned: ownedOf(reg(A)) }, '+a draining'],
  ['one that fails and never served', { seen: seenOf([task(A, { results: [dead] })]) }, ''],
  ['one that is well again', { seen: seenOf([ready(A)]), owned: ownedOf(inState(reg(A), 'draining')) }, '+a serving'],
  [
    'one that is being killed',
    { seen: seenOf([ready(A, { state: 'TASK_KILLING' })]), owned: ownedOf(reg(A)) },
    '+a draining',
  ],
  ['one that is being killed and never served', { seen: seenOf([ready(A, { state: 'TASK_KILLING' })]) }, ''],
  [
    'one that is being killed, of which only an event knows',
    { seen: seenOf([ready(A)]), owned: ownedOf(reg(A)), killing: new Set([A]) },
    '+a draining',
  ],
  [
    'one that is a backup while it is killed',
    { seen: seenOf([ready(A)]), owned: ownedOf(inState(reg(A), 'draining')), killing: new Set([A]) },
    '',
  ],
  ['one that ended', { seen: seenOf([task(A, { state: 'TASK_KILLED' })]), owned: ownedOf(reg(A)) }, '-a'],
  [
    'one that ended, of which only an event knows',
    { seen: seenOf([ready(A)]), owned: ownedOf(reg(A)), ended: new Set([A]) },
    '-a',
  ],
  ['one that ended and is not listed any more', { owned: ownedOf(reg(A)), ended: new Set([A]) }, '-a'],
  ['none is mentioned: a first time', { owned: TWO }, 'a lacked 1, b lacked 1'],
  ['none is mentioned: a second time', { owned: TWO, missed: lacked(1, ...TWO.values()) }, 'a lacked 2, b lacked 2'],
  ['none is mentioned: a third time', { owned: TWO, missed: lacked(2, ...TWO.values()) }, '-a, -b'],
  ['one is not, beside one of its app: a first time', { seen: seenOf([ready(A)]), owned: TWO }, 'b lacked 1'],
  [
    'one is not, beside one of its app: a third time',
    { seen: seenOf([ready(A)]), owned: TWO, missed: lacked(2, reg(B)) },
    '-b',
  ],
  ['one is not, beside another app: a first time', { seen: OTHERS, owned: BOTH }, 'a lacked 1'],
  ['one is not, beside another app: a third time', { seen: OTHERS, owned: BOTH, missed: lacked(2, reg(A)) }, '-a'],
  ['each is counted by itself', { owned: TWO, missed: lacked(2, reg(A)) }, '-a, b lacked 1'],
  ['one that is mentioned again', { seen: seenOf([ready(A)]), owned: ownedOf(reg(A)), missed: lacked(2, reg(A)) }, ''],
  [
    'the port of one that is not mentioned, taken by another that still starts',
    {
      seen: seenOf([task(B, { state: 'TASK_STARTING', startedAt: undefined })]),
      owned: ownedOf(reg(A)),
    },
    '-a',
  ],
  [
    'the port of one that is listed as running, taken by a newer one',
    { seen: seenOf([ready(A), ready(B, { startedAt: ms(500), results: [alive(501)] })]), owned: ownedOf(reg(A)) },
    '-a, +b serving',
  ],
  [
    'a second port of one, taken by a newer one',
    {
      seen: seenOf([ready(A, { ports: [31001, 31009] }), task(B, { startedAt: ms(500), ports: [31002, 31009] })]),
      owned: ownedOf(reg(A)),
    },
    '-a',
  ],
  [
    'the port of one that ended, taken by nobody else',
    { seen: seenOf([task(B, { state: 'TASK_FAILED', startedAt: ms(500) }), ready(A)]), owned: ownedOf(reg(A)) },
    '',
  ],
] as const satisfies readonly (readonly [string, Partial<Situation>, string])[]) {
  test(what, () => assert.is(words(decide(situation(more))), expected))
}

test('what goes comes before what comes', () => {
  const { deregister, register } = decide(situation({ seen: seenOf([ready(B)]), owned: ownedOf(reg(A)) }))
  assert.equal([deregister.length, register.length], [1, 1])
})

const CHECK = { 'lb.enable': 'true', 'lb.check': '/new' }

test("another definition's labels do not reach the tasks of the one before", () => {
  const old = reg(A)
  const seen = seenOf([ready(A)], { labels: CHECK, configuredAt: at(400) })
  assert.equal(decide(situation({ seen, owned: ownedOf(old) })).register, [])
  const killed = decide(situation({ seen, owned: ownedOf(old), killing: new Set([A]) })).register
  assert.equal(killed, [inState(old, 'draining')])
  // one that nobody had registered has no others
  assert.is(decide(situation({ seen })).register[0]?.meta['lb-check'], '/new')
})

test("labels of a task's own definition are followed", () => {
  const { register } = decide(situation({ seen: seenOf([ready(A)], { labels: CHECK }), owned: ownedOf(reg(A)) }))
  assert.is(register[0]?.meta['lb-check'], '/new')
})

test.run()
